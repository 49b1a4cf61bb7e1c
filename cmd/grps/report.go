package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// report prints where the service listens, what is configured and what is not.
func (s *service) report(w io.Writer, address net.Addr, automation ports.AutomationStatus, took time.Duration) error {
	c := s.config
	base := baseURL(address)
	policy := "shipped example (set CONFIG_DIR to use your own)"
	if c.configDir != "" {
		policy = c.configDir
	}
	rows := [][2]string{
		{"database", s.database.String()},
		{"policy", fmt.Sprintf("%s: %d ranks, revision %.12s", policy, s.policy.Current().Ladder().Len(), s.policy.Current().Revision())},
		{"roblox", s.robloxText(base)},
		{"access", s.accessText(address)},
	}
	if c.docs {
		rows = append(rows, [2]string{"docs", base + "/docs"})
	}
	if len(s.webhooks) > 0 {
		rows = append(rows, [2]string{"webhooks", s.webhooksText()})
	}
	if c.metricsAddress != "" {
		rows = append(rows, [2]string{"metrics", "http://" + c.metricsAddress + "/metrics"})
	}
	if automation.State != domain.AutomationRunning {
		rows = append(rows, [2]string{automation.State.String(), pausedText(automation)})
	}
	text := fmt.Sprintf("grps %s is ready at %s (%d ms)\n", version(), base, took.Milliseconds())
	for _, row := range rows {
		text += fmt.Sprintf("  %-9s %s\n", row[0], row[1])
	}
	_, err := io.WriteString(w, text)
	return err
}

// pausedText says what does not happen while automation does not run, and how it goes on.
func pausedText(a ports.AutomationStatus) string {
	switch {
	case a.Setting:
		return "nothing is carried out or sent to Roblox, as STOP is set; unset it and start again"
	case a.State == domain.AutomationStopped:
		return "nothing is carried out or sent to Roblox until 'grps automation resume'"
	}
	return "what the rules decide is held until 'grps automation resume': " + a.Reason
}

// baseURL returns the address as one that can be called from this machine.
func baseURL(address net.Addr) string {
	if tcp, ok := address.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("http://localhost:%d", tcp.Port)
	}
	return "http://" + address.String()
}

func (s *service) robloxText(base string) string {
	c := s.config
	switch {
	case s.stand != nil:
		return fmt.Sprintf("sandbox inside this process: group %d, universes %s; see %s/_sandbox/members/ID", c.groupID, universesText(c.universes), base)
	case !c.openCloudKey.IsSet():
		return "not configured: decisions change the record only (set ROBLOX_OPEN_CLOUD_API_KEY and ROBLOX_GROUP_ID)"
	case len(c.universes) == 0:
		return fmt.Sprintf("group %d at %s; no universe: bans change the role only (set ROBLOX_UNIVERSE_IDS)", c.groupID, c.apiBase)
	}
	return fmt.Sprintf("group %d, universes %s at %s", c.groupID, universesText(c.universes), c.apiBase)
}

func universesText(ids []domain.UniverseID) string {
	text := ""
	for i, id := range ids {
		if i > 0 {
			text += ", "
		}
		text += id.String()
	}
	return text
}

// accessText says who may call, and where.
func (s *service) accessText(address net.Addr) string {
	if s.config.open() {
		return "open to this machine: no INBOUND_API_KEYS, so it listens on loopback only"
	}
	at := address.String()
	if tcp, ok := address.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		at = fmt.Sprintf("every address of this machine, port %d", tcp.Port)
	}
	named := 0
	if s.named != nil {
		named = len(s.named.Keys())
	}
	return keysText(s.config, named) + ", on " + at
}

// keysText counts the keys of the environment and those that KEYS_FILE names.
func keysText(c config, named int) string {
	var said []string
	if n, m := len(c.inboundKeys), len(c.adminKeys); n+m > 0 {
		said = append(said, fmt.Sprintf("%d inbound and %d admin keys", n, m))
	}
	if c.keysFile != "" {
		said = append(said, fmt.Sprintf("%s in KEYS_FILE", counted(named, "key")))
	}
	return strings.Join(said, ", ")
}
