package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// flagName returns the flag of a setting: DATABASE_URL is --database-url.
func flagName(key string) string { return strings.ReplaceAll(strings.ToLower(key), "_", "-") }

// addFlags gives a command a flag for every setting of a service that is no secret, or for those of them that are named.
func addFlags(flags *pflag.FlagSet, named ...string) {
	for _, s := range settings() {
		if !s.secret && !s.calls && (len(named) == 0 || slices.Contains(named, s.key)) {
			flags.String(flagName(s.key), s.value, strings.ReplaceAll(s.help, "`", "")+" ("+s.key+")")
		}
	}
}

// source is where values come from: flags over environment over the .env file over defaults.
type source struct{ values *viper.Viper }

// newSource reads .env in the working folder, if it is there, and the environment. flags may be nil.
func newSource(flags *pflag.FlagSet) (source, error) {
	v := viper.New()
	v.SetConfigFile(".env")
	v.SetConfigType("env")
	if err := v.ReadInConfig(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return source{}, usageError{errors.New("the file .env in the working folder cannot be read; write one KEY=value a line")}
	}
	for _, s := range settings() {
		v.SetDefault(s.key, s.value)
		if err := v.BindEnv(s.key, s.key); err != nil {
			return source{}, fmt.Errorf("bind %s: %w", s.key, err)
		}
		if flags == nil {
			continue
		}
		if flag := flags.Lookup(flagName(s.key)); flag != nil {
			if err := v.BindPFlag(s.key, flag); err != nil {
				return source{}, fmt.Errorf("bind --%s: %w", flag.Name, err)
			}
		}
	}
	return source{v}, nil
}

func (s source) text(key string) string { return strings.TrimSpace(s.values.GetString(key)) }

// unknown returns the variables, in the environment and in .env, that look like ours and are not in the table.
func (s source) unknown() []string {
	known := map[string]bool{"GRPS_TEST_DATABASE_URL": true}
	for _, setting := range settings() {
		known[setting.key] = true
	}
	var names []string
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		names = append(names, name)
	}
	for _, key := range s.values.AllKeys() {
		names = append(names, strings.ToUpper(key))
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool {
		ours := strings.HasPrefix(name, "GRPS_") || strings.HasPrefix(name, "ROBLOX_") || known[name+"S"] || known[strings.TrimSuffix(name, "S")]
		return known[name] || strings.HasPrefix(name, tracingPrefix) || !ours && !s.values.InConfig(strings.ToLower(name))
	})
}
