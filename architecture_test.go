package grps_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/grps/grps"

// importTable is the import policy of this module. It is the authority: the depguard section of .golangci.yml repeats
// it for editors. A new package needs a row here, a package that is gone takes its row with it.
//
//	"code" is what shipped files may import, "test" what the package's tests may import besides that and
//	besides the row "any test". "library" gives a short name to a module from outside.
//
// A word is a package of this module by its folder, the name of a library, std (all of the standard library), one
// package of the standard library, or everything (each package of this module that is not marked "test only").
// Every library has the owners whose rows name it and no others: Echo lives in httpapi, bun and the SQL drivers in
// bunstore, viper and cobra in cmd, zap in telemetry, httpapi and cmd.
const importTable = `
package domain
  code  cmp errors fmt iter math slices strconv strings time unicode/utf8
package ports
  code  context time domain
package ports/storetest
  only  test
  code  std go-cmp domain ports
package ports/portsmock
  only  test
  code  std domain ports
package app
  code  std domain ports

package adapters/httpapi
  code  std domain ports echo zap x/rate x/text uuid yaml
  test  adapters/httpapi/contract adapters/telemetry/logtest
package adapters/httpapi/contract
  only  test
  code  std jsonschema
package adapters/bunstore
  code  std domain ports migrations bun pgx sqlite goose
  test  adapters/bunstore/pgtest
package adapters/bunstore/pgtest
  only  test
  code  std pgx
package adapters/memstore
  code  std domain ports
package adapters/opencloud
  code  std domain ports x/rate
package adapters/opencloud/sandbox
  code  std domain ports
package adapters/filepolicy
  code  std domain ports policy fsnotify jsonschema x/text
package adapters/tombfile
  code  std domain ports
package adapters/filekeys
  code  std domain ports x/text
package adapters/telemetry
  code  std domain ports zap prometheus otel
  test  adapters/telemetry/logtest
package adapters/telemetry/logtest
  only  test
  code  std zap
package adapters/webhook
  code  std domain ports x/rate ssrf

package cmd/grps
  code  std everything viper cobra pflag zap uuid prometheus progressbar cron x/text
  test  adapters/bunstore/pgtest adapters/httpapi/contract adapters/telemetry/logtest otlp protobuf
package policy
  code  std
  test  jsonschema
package migrations
  code  std
package .
  code

any test  std domain ports ports/storetest ports/portsmock adapters/memstore adapters/opencloud/sandbox policy
any test  go-cmp rapid goleak testscript kin-openapi

library echo        github.com/labstack/echo/v4
library bun         github.com/uptrace/bun
library pgx         github.com/jackc/pgx/v5
library sqlite      modernc.org/sqlite
library goose       github.com/pressly/goose/v3
library viper       github.com/spf13/viper
library cobra       github.com/spf13/cobra
library pflag       github.com/spf13/pflag
library zap         go.uber.org/zap
library prometheus  github.com/prometheus/client_golang
library otel        go.opentelemetry.io/otel
library otlp        go.opentelemetry.io/proto/otlp
library protobuf    google.golang.org/protobuf
library progressbar github.com/schollz/progressbar/v3
library cron        github.com/robfig/cron/v3
library fsnotify    github.com/fsnotify/fsnotify
library jsonschema  github.com/santhosh-tekuri/jsonschema/v6
library uuid        github.com/google/uuid
library yaml        go.yaml.in/yaml/v3
library x/rate      golang.org/x/time/rate
library x/text      golang.org/x/text
library ssrf        code.dny.dev/ssrf
library go-cmp      github.com/google/go-cmp
library rapid       pgregory.net/rapid
library goleak      go.uber.org/goleak
library testscript  github.com/rogpeppe/go-internal/testscript
library kin-openapi github.com/getkin/kin-openapi
`

func TestEveryImportIsInTheTable(t *testing.T) {
	table := parseTable(t, importTable)
	packages := listPackages(t)

	used := map[string]bool{}
	for _, p := range packages {
		row, ok := table.rows[p.folder()]
		if !ok {
			t.Errorf("%s: is in no row of the import table: a new package needs a decision", p.folder())
			continue
		}
		for _, imported := range p.Imports {
			used[table.word(imported)] = true
			if !table.allows(row.code, imported) {
				t.Errorf("%s imports %s: its code may import %s", p.folder(), imported, row.code)
			}
		}
		inTests := slices.Concat([]string{p.folder()}, row.code, row.test, table.anyTest)
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			used[table.word(imported)] = true
			if !table.allows(inTests, imported) {
				t.Errorf("%s imports %s in a test: its tests may import %s", p.folder(), imported, inTests)
			}
		}
	}

	for folder := range table.rows {
		if !slices.ContainsFunc(packages, func(p goPackage) bool { return p.folder() == folder }) {
			t.Errorf("%s: has a row in the import table, but there is no such package", folder)
		}
	}
	for name, path := range table.libraries {
		if !used[name] {
			t.Errorf("library %s (%s): is in the import table, but nothing imports it", name, path)
		}
	}
}

func TestDomainRestsOnTheStandardLibraryAlone(t *testing.T) {
	for _, p := range goList(t, "-deps", "./domain") {
		if !p.Standard && p.folder() != "domain" {
			t.Errorf("domain depends on %s: it may depend on the standard library only, directly or not", p.ImportPath)
		}
	}
}

func TestEveryPackageHasAPackageComment(t *testing.T) {
	for _, p := range listPackages(t) {
		if len(p.GoFiles) == 0 {
			continue // tests only
		}
		want := "Package " + p.Name + " "
		if p.Name == "main" {
			want = "Command " + filepath.Base(p.Dir) + " "
		}
		if !strings.HasPrefix(p.Doc, want) {
			t.Errorf("%s: package comment is %q, want one that begins with %q", p.folder(), p.Doc, want)
		}
	}
}

func TestEveryDirectDependencyIsExplainedInContributing(t *testing.T) {
	contributing, err := os.ReadFile("CONTRIBUTING.md")
	direct := directModules(t)
	if err != nil || len(direct) == 0 {
		t.Fatalf("got %d direct requirements in go.mod and error %v, want some and none", len(direct), err)
	}
	for _, path := range direct {
		mention := regexp.MustCompile(`(^|[^\w./-])` + regexp.QuoteMeta(path) + `($|[^\w/-])`)
		if !mention.Match(contributing) {
			t.Errorf("%s: is a direct requirement in go.mod, but CONTRIBUTING.md does not say what it is for", path)
		}
	}
}

func TestTheImportRulesCatchWhatTheyForbid(t *testing.T) {
	table := parseTable(t, importTable)
	for _, c := range []struct {
		importer, imported string
		want               bool
	}{
		{"domain", "strings", true},
		{"domain", "context", false},
		{"domain", "math/rand", false},
		{"domain", "github.com/google/uuid", false},
		{"ports", module + "/domain", true},
		{"app", "net/url", true},
		{"app", module + "/adapters/memstore", false},
		{"adapters/httpapi", "github.com/labstack/echo/v4/middleware", true},
		{"adapters/httpapi", "github.com/labstack/echo/v5", false},
		{"adapters/httpapi", module + "/app", false},
		{"adapters/httpapi", module + "/ports/portsmock", false},
		{"adapters/bunstore", "github.com/uptrace/bun/dialect/pgdialect", true},
		{"adapters/opencloud", module + "/adapters/opencloud/sandbox", false},
		{"cmd/grps", module + "/adapters/bunstore", true},
		{"cmd/grps", module + "/ports/storetest", false},
		{"cmd/grps", "github.com/uptrace/bun", false},
		{"cmd/grps", "C", false},
	} {
		if got := table.allows(table.rows[c.importer].code, c.imported); got != c.want {
			t.Errorf("%s may import %s: got %t, want %t", c.importer, c.imported, got, c.want)
		}
	}
}
