package policy_test

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/grps/grps/policy"
)

func TestEveryShippedDocumentIsValidAgainstTheSchemaItNames(t *testing.T) {
	for _, name := range fileNames(t, policy.Documents()) {
		t.Run(name, func(t *testing.T) {
			content, err := fs.ReadFile(policy.Documents(), name)
			if err != nil {
				t.Fatal(err)
			}
			document := parse(t, string(content))
			if err := compile(t, schemaOf(name)).Validate(document); err != nil {
				t.Errorf("got %v, want a valid document", err)
			}
			if got, want := document.(map[string]any)["$schema"], "schema/"+schemaOf(name); got != want {
				t.Errorf("$schema: got %v, want %s", got, want)
			}
		})
	}
}

func TestSchemasAcceptWhatLeavesOutEverythingOptional(t *testing.T) {
	for document, bodies := range map[string][]string{
		"permissions.json":        {`{}`, `{"roles": {}}`, `{"roles": {"Guest": {}}}`},
		"policy.points.json":      {`{}`, `{"weights": {}, "caps": {}, "anti_abuse": {}}`, `{"weights": {"kos": 0.25}}`},
		"policy.punishments.json": {`{}`, `{"punishments": {}}`, `{"punishments": {"trial_days": 36500}}`},
		"policy.ranks.json": {
			`{"ranks": [{"name": "A", "minPoints": 0}]}`,
			`{"ranks": [{"name": "A", "minPoints": 0, "minTimeDays": 36500}]}`,
			`{"ranks": [{"name": "Éclaireur 一等兵 🚀", "minPoints": 2147483647, "roleId": 9007199254740991}]}`,
			`{"ranks": [{"name": "` + strings.Repeat("é", 64) + `", "minPoints": 0}]}`,
		},
	} {
		schema := compile(t, schemaOf(document))
		for _, body := range bodies {
			if err := schema.Validate(parse(t, body)); err != nil {
				t.Errorf("%s %s: got %v, want valid", document, body, err)
			}
		}
	}
}

func TestSchemasRefuse(t *testing.T) {
	ranks := func(rank string) string { return `{"ranks": [{` + rank + `}]}` }
	named := func(name string) string { return ranks(`"name": "` + name + `", "minPoints": 0`) }
	punishments := func(keys string) string { return `{"punishments": {` + keys + `}}` }
	guest := func(keys string) string { return `{"roles": {"Guest": {` + keys + `}}}` }

	// fault is the JSON pointer of what is wrong and the schema keyword that finds it. The validator gives no pointer
	// for the name of a key.
	type refusal struct{ name, body, fault string }
	for document, refusals := range map[string][]refusal{
		"policy.ranks.json": {
			{"ranks that are a bare list", `[]`, " type"},
			{"ranks without a list", `{}`, " required"},
			{"ranks with an empty list", `{"ranks": []}`, "/ranks minItems"},
			{
				"an unknown key beside the ranks",
				`{"ranks": [{"name": "A", "minPoints": 0}], "rank": 1}`, " additionalProperties",
			},
			{"a $schema that is no text", `{"$schema": 1, "ranks": [{"name": "A", "minPoints": 0}]}`, "/$schema type"},
			{
				"an unknown switch for privileged ranks",
				`{"privileged": "always", "ranks": [{"name": "A", "minPoints": 0}]}`, "/privileged enum",
			},
			{"ranks that are an object", `{"ranks": {}}`, "/ranks type"},
			{"a rank that is only a name", `{"ranks": ["A"]}`, "/ranks/0 type"},
			{"a name that is a number", ranks(`"name": 1, "minPoints": 0`), "/ranks/0/name type"},
			{"a rank without a name", ranks(`"minPoints": 0`), "/ranks/0 required"},
			{"a rank without points", ranks(`"name": "A"`), "/ranks/0 required"},
			{
				"an unknown key in a rank",
				ranks(`"name": "A", "minPoints": 0, "minpoints": 1`), "/ranks/0 additionalProperties",
			},
			{"an empty name", named(""), "/ranks/0/name minLength"},
			{"a name of 65 characters", named(strings.Repeat("x", 65)), "/ranks/0/name maxLength"},
			{"a name that begins with a space", named(" A"), "/ranks/0/name pattern"},
			{"a name that ends with a space", named("A "), "/ranks/0/name pattern"},
			{"a name that ends with a no-break space", named(`A\u00a0`), "/ranks/0/name pattern"},
			{"a name that ends with an ideographic space", named(`A\u3000`), "/ranks/0/name pattern"},
			{"a name that is one space", named(" "), "/ranks/0/name pattern"},
			{"a name that ends with a line feed", named(`A\n`), "/ranks/0/name pattern"},
			{"a name with a tab inside", named(`A\tB`), "/ranks/0/name pattern"},
			{"a name with a zero byte", named(`A\u0000B`), "/ranks/0/name pattern"},
			{"a name with a C1 control", named(`A\u0085B`), "/ranks/0/name pattern"},
			{"a name with a direction override", named(`A\u202eB`), "/ranks/0/name pattern"},
			{"negative points", ranks(`"name": "A", "minPoints": -1`), "/ranks/0/minPoints minimum"},
			{"points beyond 2^31−1", ranks(`"name": "A", "minPoints": 2147483648`), "/ranks/0/minPoints maximum"},
			{"points as text", ranks(`"name": "A", "minPoints": "1"`), "/ranks/0/minPoints type"},
			{"half a point", ranks(`"name": "A", "minPoints": 0.5`), "/ranks/0/minPoints type"},
			{"negative days", ranks(`"name": "A", "minPoints": 0, "minTimeDays": -1`), "/ranks/0/minTimeDays minimum"},
			{
				"more days than a hundred years",
				ranks(`"name": "A", "minPoints": 0, "minTimeDays": 36501`), "/ranks/0/minTimeDays maximum",
			},
			{
				"a level that ends with a space",
				ranks(`"name": "A", "minPoints": 0, "level": "CMD "`), "/ranks/0/level pattern",
			},
			{
				"privileged as text",
				ranks(`"name": "A", "minPoints": 0, "privileged": "true"`), "/ranks/0/privileged type",
			},
			{
				"isPunishment as a number",
				ranks(`"name": "A", "minPoints": 0, "isPunishment": 1`), "/ranks/0/isPunishment type",
			},
			{"role id 0", ranks(`"name": "A", "minPoints": 0, "roleId": 0`), "/ranks/0/roleId minimum"},
			{
				"a role id of 2^53",
				ranks(`"name": "A", "minPoints": 0, "roleId": 9007199254740992`), "/ranks/0/roleId maximum",
			},
			{"a role id that is null", ranks(`"name": "A", "minPoints": 0, "roleId": null`), "/ranks/0/roleId type"},
		},
		"policy.punishments.json": {
			{"thresholds outside punishments", `{"trial_threshold": 4}`, " additionalProperties"},
			{"an unknown punishment key", punishments(`"trialDays": 14`), "/punishments additionalProperties"},
			{"a trial threshold of 0", punishments(`"trial_threshold": 0`), "/punishments/trial_threshold minimum"},
			{
				"a trial threshold beyond 2^31−1",
				punishments(`"trial_threshold": 2147483648`), "/punishments/trial_threshold maximum",
			},
			{
				"a severe threshold of 1",
				punishments(`"severe_threshold": 1`), "/punishments/severe_threshold minimum",
			},
			{
				"a severe threshold beyond 2^31−1",
				punishments(`"severe_threshold": 2147483648`), "/punishments/severe_threshold maximum",
			},
			{"no trial days", punishments(`"trial_days": 0`), "/punishments/trial_days minimum"},
			{
				"more trial days than a hundred years",
				punishments(`"trial_days": 36501`), "/punishments/trial_days maximum",
			},
			{
				"a promotion lock as text",
				punishments(`"trial_lock_promotion": "yes"`), "/punishments/trial_lock_promotion type",
			},
		},
		"policy.points.json": {
			{"an unknown key beside the weights", `{"weight": {}}`, " additionalProperties"},
			{"a negative weight", `{"weights": {"kos": -1}}`, "/weights/kos minimum"},
			{"a weight as text", `{"weights": {"kos": "1"}}`, "/weights/kos type"},
			{"a weight beyond 2^31−1", `{"weights": {"kos": 1e10}}`, "/weights/kos maximum"},
			{"a counter without a name", `{"weights": {"": 1}}`, " minLength"},
			{"an unknown cap", `{"caps": {"monthly": 1}}`, "/caps additionalProperties"},
			{"a negative daily cap", `{"caps": {"daily": -1}}`, "/caps/daily minimum"},
			{"a daily cap beyond 2^31−1", `{"caps": {"daily": 2147483648}}`, "/caps/daily maximum"},
			{"a negative weekly cap", `{"caps": {"weekly": -1}}`, "/caps/weekly minimum"},
			{"a weekly cap beyond 2^31−1", `{"caps": {"weekly": 2147483648}}`, "/caps/weekly maximum"},
			{"a fraction as a cap", `{"caps": {"weekly": 1.5}}`, "/caps/weekly type"},
			{"a negative limit", `{"anti_abuse": {"min_match_minutes": -5}}`, "/anti_abuse/min_match_minutes minimum"},
			{"a limit without a name", `{"anti_abuse": {"": 1}}`, " minLength"},
			{"a limit that is a list", `{"anti_abuse": {"min_match_minutes": []}}`, "/anti_abuse/min_match_minutes type"},
		},
		"permissions.json": {
			{"permissions outside roles", `{"Guest": {}}`, " additionalProperties"},
			{"an unknown permission", guest(`"canKick": true`), "/roles/Guest additionalProperties"},
			{"a permission as text", guest(`"canBan": "true"`), "/roles/Guest/canBan type"},
			{"a level that is a number", guest(`"level": 1`), "/roles/Guest/level type"},
			{"a role that is no object", `{"roles": {"Guest": true}}`, "/roles/Guest type"},
			{"permissions for a name with an edge space", `{"roles": {"Guest ": {}}}`, " pattern"},
		},
	} {
		schema := compile(t, schemaOf(document))
		for _, c := range refusals {
			t.Run(c.name, func(t *testing.T) {
				got := faultsOf(schema.Validate(parse(t, c.body)))
				if diff := cmp.Diff([]string{c.fault}, got); diff != "" {
					t.Errorf("%s %s: faults (-want +got):\n%s", document, c.body, diff)
				}
			})
		}
	}
}

func TestSchemasExplainEveryPropertyAndCloseEveryFixedObject(t *testing.T) {
	for _, name := range fileNames(t, policy.Schemas()) {
		root := readSchema(t, name)
		if got, want := root["$schema"], "https://json-schema.org/draft/2020-12/schema"; got != want {
			t.Errorf("%s: $schema: got %v, want %s", name, got, want)
		}
		checkSchema(t, name+"#", root)
	}
}

func TestSchemasHaveOneRuleForNames(t *testing.T) {
	rule := func(name string) any { return readSchema(t, name)["$defs"].(map[string]any)["text"] }

	want := rule("policy.ranks.schema.json")
	for _, name := range []string{"permissions.schema.json", "policy.points.schema.json"} {
		if diff := cmp.Diff(want, rule(name)); diff != "" {
			t.Errorf("%s: $defs/text (-policy.ranks +got):\n%s", name, diff)
		}
	}
}

// checkSchema walks schema and everything in it; at says where it is.
func checkSchema(t *testing.T, at string, schema map[string]any) {
	t.Helper()
	properties, fixed := schema["properties"].(map[string]any)
	if fixed && schema["additionalProperties"] != false {
		t.Errorf("%s: additionalProperties: got %v, want false", at, schema["additionalProperties"])
	}
	if fixed && schema["type"] != "object" {
		t.Errorf("%s: type: got %v, want object", at, schema["type"])
	}
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		property := properties[key].(map[string]any)
		if property["type"] == nil && property["enum"] == nil && property["$ref"] == nil {
			t.Errorf("%s/properties/%s: got no type, enum or $ref, want one", at, key)
		}
		description, _ := property["description"].(string)
		if !strings.Contains(description, "Default: ") && !strings.Contains(description, "no default") {
			t.Errorf("%s/properties/%s: description: got %q, want one that tells the default", at, key, description)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(schema)) {
		if inner, ok := schema[key].(map[string]any); ok {
			checkSchema(t, at+"/"+key, inner)
		}
	}
}

func schemaOf(document string) string { return strings.TrimSuffix(document, ".json") + ".schema.json" }

func compile(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("policy:///"+name, readSchema(t, name)); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("policy:///" + name)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func readSchema(t *testing.T, name string) map[string]any {
	t.Helper()
	content, err := fs.ReadFile(policy.Schemas(), name)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(content)).(map[string]any)
}

func parse(t *testing.T, text string) any {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value
}

// faultsOf returns "<pointer> <keyword>" of each innermost fault in err, nothing for nil.
func faultsOf(err error) []string {
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return nil
	}
	if len(invalid.Causes) == 0 {
		pointer := ""
		for _, token := range invalid.InstanceLocation {
			pointer += "/" + token
		}
		path := invalid.ErrorKind.KeywordPath()
		return []string{pointer + " " + path[len(path)-1]}
	}
	var faults []string
	for _, cause := range invalid.Causes {
		faults = append(faults, faultsOf(cause)...)
	}
	return faults
}
