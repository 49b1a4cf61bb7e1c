package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/grps/grps/domain"
)

// reader turns texts into values and collects what is wrong with them.
type reader struct {
	source
	faults   []domain.FieldError
	warnings []string
}

func (r *reader) fault(key, format string, args ...any) {
	r.faults = append(r.faults, domain.FieldError{Field: key, Message: fmt.Sprintf(format, args...)})
}

func (r *reader) required(key string) string {
	text := r.text(key)
	if text == "" {
		r.fault(key, "must not be empty")
	}
	return text
}

func (r *reader) number(key string, least, most int) int {
	n, err := strconv.Atoi(r.text(key))
	if err != nil || n < least || n > most {
		r.fault(key, "must be a number, %d … %d", least, most)
	}
	return n
}

func (r *reader) duration(key string, least, most time.Duration) time.Duration {
	d, err := time.ParseDuration(r.text(key))
	if err != nil || d < least || d > most {
		r.fault(key, "must be a duration such as 2s or 500ms, %s … %s", briefly(least), briefly(most))
	}
	return d
}

// period reads a duration that may be 0 for never.
func (r *reader) period(key string, least, most time.Duration) time.Duration {
	d, err := time.ParseDuration(r.text(key))
	if err != nil || d != 0 && (d < least || d > most) {
		r.fault(key, "must be 0s, or a duration such as 1h or 90s, %s … %s", briefly(least), briefly(most))
	}
	return d
}

// briefly writes a duration without parts that are nothing: 8760h, not 8760h0m0s.
func briefly(d time.Duration) string {
	text := d.String()
	for _, nothing := range [...]string{"m0s", "h0m"} {
		if strings.HasSuffix(text, nothing) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// boolean refuses what is neither: nobody should believe that something is stopped because it says "yes".
func (r *reader) boolean(key string) bool {
	switch strings.ToLower(r.text(key)) {
	case "true", "1":
		return true
	case "false", "0", "":
		return false
	}
	r.fault(key, "must be true or false")
	return false
}

func (r *reader) oneOf(key string, words ...string) string {
	text := strings.ToLower(r.text(key))
	if !slices.Contains(words, text) {
		r.fault(key, "must be one of: %s", strings.Join(words, ", "))
	}
	return text
}

// id returns 0 when the setting is empty.
func (r *reader) id(key string) int64 {
	text := r.text(key)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 1 || n > domain.MaxID {
		r.fault(key, "must be a Roblox id, 1 … %d", int64(domain.MaxID))
		return 0
	}
	return n
}

func (r *reader) universes() []domain.UniverseID {
	var ids []domain.UniverseID
	for _, key := range [...]string{"ROBLOX_UNIVERSE_ID", "ROBLOX_UNIVERSE_IDS"} {
		for _, text := range list(r.text(key)) {
			n, err := strconv.ParseInt(text, 10, 64)
			id, rangeErr := domain.NewUniverseID(n)
			if err != nil || rangeErr != nil {
				r.fault(key, "holds %q, which is no universe id", text)
			} else if !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

func (r *reader) secrets(key string) []Secret {
	var secrets []Secret
	for i, text := range list(r.text(key)) {
		if why := guessable(text); why != "" {
			r.warnings = append(r.warnings, fmt.Sprintf("%s: key %d %s and can be guessed; make one with: openssl rand -hex 32", key, i+1, why))
		}
		secrets = append(secrets, Secret{text})
	}
	return secrets
}

// list splits a comma-separated text; empty parts are left out.
func list(text string) []string {
	var parts []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}
