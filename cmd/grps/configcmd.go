package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func newConfig() *cobra.Command {
	var asJSON, asMarkdown bool
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print the effective configuration, secrets hidden",
		Long: `Prints every setting with its effective value and says where it is wrong. Values come from flags, then the
environment, then a .env file in the working folder, then the defaults.`,
		Example: "  grps config\n  grps config --json\n  PORT=9000 grps config",
		Args:    takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			if asMarkdown {
				return printMarkdown(out)
			}
			s, err := newSource(cmd.Flags())
			if err != nil {
				return err
			}
			if asJSON {
				err = printConfigJSON(out, s)
			} else {
				err = printConfig(out, s)
			}
			if err != nil {
				return err
			}
			c, err := loadConfig(cmd.Flags())
			if err != nil {
				return err
			}
			for _, warning := range c.warnings {
				fmt.Fprintln(cmd.ErrOrStderr(), "warning:", warning)
			}
			return nil
		},
	}
	addFlags(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&asMarkdown, "markdown", false, "print the table of all settings for the README")
	_ = cmd.Flags().MarkHidden("markdown") // it cannot fail: the flag was just made
	return cmd
}

// shown returns the effective value of a setting as anybody may see it.
func shown(s source, setting setting) string {
	value := s.text(setting.key)
	if setting.secret {
		return Secret{value}.String()
	}
	return value
}

func printConfig(w io.Writer, s source) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SETTING\tVALUE\tDEFAULT")
	for _, setting := range settings() {
		fmt.Fprintf(table, "%s\t%s\t%s\n", setting.key, cmp.Or(shown(s, setting), "-"), cmp.Or(setting.value, "-"))
	}
	return table.Flush()
}

func printConfigJSON(w io.Writer, s source) error {
	values := make(map[string]string)
	for _, setting := range settings() {
		values[setting.key] = shown(s, setting)
	}
	return writeJSON(w, values)
}

// printMarkdown prints the table that the README holds.
func printMarkdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString("| setting | default | meaning |\n|---|---|---|\n")
	for _, s := range settings() {
		fallback := ""
		if s.value != "" {
			fallback = "`" + s.value + "`"
		}
		meaning := s.help
		if s.example != "" {
			meaning += " Example: `" + s.example + "`."
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.key, fallback, meaning)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeJSON prints v indented, with a newline.
func writeJSON(w io.Writer, v any) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(escaped(text.Bytes()))
	return err
}
