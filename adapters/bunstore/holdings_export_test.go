package bunstore

import "strings"

// HeldColumns returns every column, as "table.column", of which the table of holdings says what becomes of it when somebody is erased, and
// every table whose rows about somebody go as a whole.
func HeldColumns() (columns, whole map[string]bool) {
	columns, whole = make(map[string]bool), make(map[string]bool)
	for _, h := range holdings() {
		if h.goes {
			whole[h.table] = true
		}
		for _, column := range append([]string{h.user, h.actor}, h.texts...) {
			if column != "" {
				columns[h.table+"."+column] = true
			}
		}
	}
	for setting := range strings.SplitSeq(anonymous, ",") {
		column, _, _ := strings.Cut(strings.TrimSpace(setting), " ")
		columns["decisions."+column] = true
	}
	return columns, whole
}

// Documents returns the columns that are shown as the JSON that they hold.
func Documents() []string { return documents() }
