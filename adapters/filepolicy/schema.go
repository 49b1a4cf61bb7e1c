package filepolicy

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/big"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/grps/grps/policy"
)

// compiler turns documents into a policy. It holds the schema of each document, by file name, and never changes.
type compiler struct{ schemas map[string]*jsonschema.Schema }

// newCompiler compiles the shipped schemas. It panics when one of them is broken: they are part of the program.
func newCompiler() compiler {
	c := compiler{make(map[string]*jsonschema.Schema)}
	library := jsonschema.NewCompiler()
	for _, file := range fileNames() {
		schema, err := compile(library, strings.TrimSuffix(file, ".json")+".schema.json")
		if err != nil {
			panic(err)
		}
		c.schemas[file] = schema
	}
	return c
}

func compile(library *jsonschema.Compiler, name string) (*jsonschema.Schema, error) {
	content, err := fs.ReadFile(policy.Schemas(), name)
	if err != nil {
		return nil, err
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if err := library.AddResource("policy:///"+name, schema); err != nil {
		return nil, err
	}
	return library.Compile("policy:///" + name)
}

// schemaFaults returns how a document differs from its schema.
func (c compiler) schemaFaults(file string, tree *node) []fault {
	schema := c.schemas[file]
	invalid, ok := errors.AsType[*jsonschema.ValidationError](schema.Validate(tree.value))
	if !ok {
		return nil
	}
	var faults []fault
	translate(schema, invalid, func(at []string, message string) {
		faults = append(faults, fault{file: file, at: at, message: message})
	})
	// The validator walks objects in no order of its own.
	slices.SortFunc(faults, func(a, b fault) int {
		return cmp.Or(slices.Compare(a.at, b.at), strings.Compare(a.message, b.message))
	})
	return faults
}

// translate reports each innermost fault of e in words.
func translate(root *jsonschema.Schema, e *jsonschema.ValidationError, report func(at []string, message string)) {
	at := e.InstanceLocation
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		known := knownKeys(schemaAt(root, at))
		for _, key := range k.Properties {
			hint := suggestion(key, known)
			if hint == "" {
				hint = "; the keys here are " + strings.Join(known, ", ")
			}
			report(append(slices.Clone(at), key), "is not a known key"+hint)
		}
	case *kind.Required:
		for _, key := range k.Missing {
			report(append(slices.Clone(at), key), "is missing; it has no default")
		}
	case *kind.PropertyNames:
		// The place that comes with this kind is not to be relied on: the validator keeps it in a buffer that it reuses.
		object := objectOf(e.SchemaURL)
		for _, cause := range e.Causes {
			translate(root, cause, func(_ []string, message string) {
				report(append(slices.Clone(object), k.Property), "is not a usable name: it "+message)
			})
		}
	default:
		if len(e.Causes) == 0 {
			report(at, wording(schemaAt(root, at), e.ErrorKind))
			return
		}
		for _, cause := range e.Causes {
			translate(root, cause, report)
		}
	}
}

// wording says what one keyword of a schema found. The text reads on from the name of the field.
func wording(schema *jsonschema.Schema, found jsonschema.ErrorKind) string {
	switch k := found.(type) {
	case *kind.Type:
		return typeWording(k)
	case *kind.Minimum:
		return rangeWording(schema, k.Got)
	case *kind.Maximum:
		return rangeWording(schema, k.Got)
	case *kind.Enum:
		return enumWording(k)
	case *kind.MinLength:
		return "must not be empty"
	case *kind.MaxLength:
		return fmt.Sprintf("must be at most %d characters long, not %d", k.Want, k.Got)
	case *kind.MinItems:
		return "must not be an empty list"
	case *kind.Pattern:
		return "must not begin or end with a space, nor hold control characters or text-direction overrides"
	}
	return "does not fit the schema: " + strings.Join(found.KeywordPath(), "/")
}

func typeWording(k *kind.Type) string {
	words := map[string]string{
		"integer": "a whole number", "number": "a number", "string": "a text", "boolean": "true or false",
		"array": "a list", "object": "an object", "null": "null",
	}
	wanted := make([]string, 0, len(k.Want))
	for _, want := range k.Want {
		wanted = append(wanted, words[want])
	}
	message := "must be " + strings.Join(wanted, " or ")
	if slices.Contains(k.Want, "integer") && k.Got == "number" {
		return message + ", not a fraction"
	}
	message += ", not " + words[k.Got]
	if k.Got == "string" && !slices.Contains(k.Want, "object") && !slices.Contains(k.Want, "array") {
		message += "; write it without quotes"
	}
	return message
}

func rangeWording(schema *jsonschema.Schema, got *big.Rat) string {
	if schema == nil || schema.Minimum == nil || schema.Maximum == nil {
		return "is out of range"
	}
	value := got.FloatString(0)
	if !got.IsInt() {
		value = got.FloatString(3)
	}
	return fmt.Sprintf("must be %s … %s, not %s", schema.Minimum.RatString(), schema.Maximum.RatString(), shorten(value))
}

func enumWording(k *kind.Enum) string {
	texts, quoted := []string{}, []string{}
	for _, want := range k.Want {
		texts = append(texts, fmt.Sprint(want))
		quoted = append(quoted, fmt.Sprintf("%q", want))
	}
	message := "must be one of " + strings.Join(quoted, ", ")
	if got, ok := k.Got.(string); ok {
		message += fmt.Sprintf(", not %q", shorten(got)) + suggestion(got, texts)
	}
	return message
}

// schemaAt returns the schema that judges the value at a pointer, and nil when none does.
func schemaAt(schema *jsonschema.Schema, at []string) *jsonschema.Schema {
	for _, token := range at {
		schema = behind(schema)
		if schema == nil {
			return nil
		}
		if property, ok := schema.Properties[token]; ok {
			schema = property
		} else if schema.Items2020 != nil {
			schema = schema.Items2020
		} else {
			schema, _ = schema.AdditionalProperties.(*jsonschema.Schema)
		}
	}
	return behind(schema)
}

// behind follows the references of a schema.
func behind(schema *jsonschema.Schema) *jsonschema.Schema {
	for schema != nil && schema.Ref != nil {
		schema = schema.Ref
	}
	return schema
}

func knownKeys(schema *jsonschema.Schema) []string {
	if schema == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Sorted(maps.Keys(schema.Properties)), func(key string) bool { return key == "$schema" })
}

// objectOf returns the pointer of the object whose keys the schema at url judges: /roles for …#/properties/roles/propertyNames.
func objectOf(url string) []string {
	_, pointer, _ := strings.Cut(url, "#")
	var at []string
	tokens := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i := 1; i < len(tokens); i += 2 {
		if tokens[i-1] == "properties" {
			at = append(at, tokens[i])
		}
	}
	return at
}
