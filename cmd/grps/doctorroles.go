package main

import (
	"context"
	"fmt"

	"github.com/grps/grps/adapters/opencloud"
	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// The ranks that Roblox gives a meaning to.
const (
	robloxBase  = 1 // every member holds it and keeps it
	robloxOwner = 255
)

// roles examines whether the group has the roles of the policy, and whether the key may give them.
func (d *doctor) roles(ctx context.Context, client *opencloud.Client, key opencloud.Key, p domain.Policy) []symptom {
	roles, err := client.Roles(ctx)
	if err != nil {
		f := d.robloxFault("roles", err)
		if domain.KindOf(err) == domain.KindNotFound {
			f = broken("roles", fmt.Sprintf("Roblox knows no group %d", d.config.groupID), "check ROBLOX_GROUP_ID")
		}
		return []symptom{f}
	}
	own, first := d.ownRole(ctx, client, key, roles)
	byID := map[domain.RoleID]opencloud.Role{}
	for _, role := range roles {
		byID[role.ID] = role
	}
	symptoms := []symptom{first}
	mapped, faulty := 0, 0
	for r := range p.Ladder().Managed() {
		if r.Role.IsZero() {
			continue
		}
		mapped++
		if f, wrong := d.role(r, byID, own, p.Privileged()); wrong {
			symptoms = append(symptoms, f)
			faulty++
		}
	}
	if faulty == 0 {
		below := " and lie below the key's own"
		if own.ID.IsZero() {
			below = ""
		}
		symptoms = append(symptoms, healthy("roles", fmt.Sprintf("all %d of the policy are there%s", mapped, below)))
	}
	return symptoms
}

// ownRole returns the highest role of the account that the key acts as: it decides whom that account may rank. It is zero when it cannot be
// told.
func (d *doctor) ownRole(ctx context.Context, client *opencloud.Client, key opencloud.Key, roles []opencloud.Role) (opencloud.Role, symptom) {
	const check = "key's role"
	if key.Owner.IsZero() {
		return opencloud.Role{}, doubtful(check, "Roblox does not tell which account the key acts as", "see by hand that its role lies above those of the policy")
	}
	membership, err := client.Membership(ctx, key.Owner, ports.LaneObserve)
	if err != nil {
		return opencloud.Role{}, d.robloxFault(check, err)
	}
	if !membership.Member {
		return opencloud.Role{}, broken(check, fmt.Sprintf("user %s, as whom the key acts, is not in group %d and can rank nobody", key.Owner, d.config.groupID),
			"let that account join, with a role above those of the policy")
	}
	var own opencloud.Role
	for _, role := range roles {
		for _, held := range membership.Roles {
			if role.ID == held && role.Rank >= own.Rank {
				own = role
			}
		}
	}
	return own, healthy(check, fmt.Sprintf("user %s holds %q (rank %d)", key.Owner, own.Name, own.Rank))
}

// role examines one rank of the policy, and returns what is wrong with its role, if anything is.
func (d *doctor) role(r domain.Rank, byID map[domain.RoleID]opencloud.Role, own opencloud.Role, privileged domain.PrivilegedMode) (symptom, bool) {
	check := "role of " + r.Name
	role, there := byID[r.Role]
	switch {
	case !there:
		return broken(check, fmt.Sprintf("group %d has no role %s", d.config.groupID, r.Role),
			"put the id of the group's role in policy.ranks.json"), true
	case role.Rank <= robloxBase || role.Rank >= robloxOwner:
		return broken(check, fmt.Sprintf("role %s is %q (rank %d), which nobody can be given or stripped of", r.Role, role.Name, role.Rank),
			"take another role of the group in policy.ranks.json"), true
	case own.ID.IsZero() || role.Rank < own.Rank || r.Privileged && privileged == domain.PrivilegedNever:
		return symptom{}, false
	case r.Privileged && privileged == domain.PrivilegedApproval:
		return doubtful(check, fmt.Sprintf("%q (rank %d) is not below the key's own role (rank %d): what is approved there fails", role.Name, role.Rank, own.Rank),
			"raise the account of the key, or give such ranks by hand"), true
	}
	return broken(check, fmt.Sprintf("%q (rank %d) is not below the key's own role (rank %d), so Roblox refuses to give it", role.Name, role.Rank, own.Rank),
		"raise the account of the key above it"), true
}
