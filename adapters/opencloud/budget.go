package opencloud

// shareBudget shares the limits with the other processes that use the key: together what is called together.
func (c *Client) shareBudget(o Options) {
	share := func(class string, meters ...*meter) {
		c.shares = append(c.shares, newShare(o.Budget, o.APIKey, class, o.Clock.Now, meters...))
	}
	share("group", c.memberships, c.assign, c.unassign)
	share("members", c.walks)
	share("size", c.counts)
	share("roles", c.roles)
	for u, at := range c.perUniverse {
		share("universe/"+u.String()+"/restrictions", at.restrict, at.looks)
		share("universe/"+u.String()+"/messages", at.publish)
	}
	if home, err := c.home(); err == nil {
		share("universe/"+home.String()+"/entries", c.listEntries, c.readEntries, c.mirrorRead, c.mirrorWrite)
	}
}

// Close gives back what the other processes could use of the budget. The client is not used any more then. It may be called twice.
func (c *Client) Close() {
	for _, s := range c.shares {
		s.close()
	}
}
