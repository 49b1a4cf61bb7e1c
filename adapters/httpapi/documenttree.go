package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// branch is an object of a document's tree, whose members keep the order in which they were written. A tree holds *branch, []any and the
// scalars of encoding/json.
type branch struct {
	names   []string
	members map[string]any
}

// get returns the member of that name; nil when there is none.
func (b *branch) get(name string) any { return b.members[name] }

// child returns the object of that name; an empty one that is not part of the tree when there is none.
func (b *branch) child(name string) *branch {
	if inner, ok := b.members[name].(*branch); ok {
		return inner
	}
	return &branch{}
}

// text returns the text of that name; "" when there is none.
func (b *branch) text(name string) string {
	text, _ := b.members[name].(string)
	return text
}

// list returns the list of that name; nil when there is none.
func (b *branch) list(name string) []any {
	list, _ := b.members[name].([]any)
	return list
}

// set sets a member, at the end when it is new.
func (b *branch) set(name string, value any) {
	if b.members == nil {
		b.members = map[string]any{}
	}
	if _, known := b.members[name]; !known {
		b.names = append(b.names, name)
	}
	b.members[name] = value
}

// merge adds what other holds. An error names what both say.
func (b *branch) merge(other *branch) error {
	for _, name := range other.names {
		mine, both := b.members[name]
		if !both {
			b.set(name, other.get(name))
			continue
		}
		inner, ok := mine.(*branch)
		theirs, alike := other.get(name).(*branch)
		if !ok || !alike {
			return fmt.Errorf("%q was said before", name)
		}
		if err := inner.merge(theirs); err != nil {
			return fmt.Errorf("in %q: %w", name, err)
		}
	}
	return nil
}

// MarshalJSON writes the members in their order.
func (b *branch) MarshalJSON() ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	text.WriteByte('{')
	for i, name := range b.names {
		if i > 0 {
			text.WriteByte(',')
		}
		if err := encoder.Encode(name); err != nil {
			return nil, err
		}
		text.WriteByte(':')
		if err := encoder.Encode(b.members[name]); err != nil {
			return nil, err
		}
	}
	text.WriteByte('}')
	return text.Bytes(), nil
}

// treeOf returns the tree of a YAML node. Aliases and merge keys are followed, so that each place has a tree of its own.
func treeOf(node *yaml.Node) (any, error) {
	switch node.Kind {
	case yaml.DocumentNode:
		return treeOf(node.Content[0])
	case yaml.AliasNode:
		return treeOf(node.Alias)
	case yaml.SequenceNode:
		list := make([]any, 0, len(node.Content))
		for _, item := range node.Content {
			value, err := treeOf(item)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	case yaml.MappingNode:
		return branchOf(node)
	case yaml.ScalarNode:
		return scalarOf(node)
	}
	return nil, fmt.Errorf("line %d: nothing that JSON has", node.Line)
}

func branchOf(node *yaml.Node) (*branch, error) {
	b := &branch{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		inner, err := treeOf(value)
		if err != nil {
			return nil, err
		}
		if key.Tag != "!!merge" {
			if b.get(key.Value) != nil {
				return nil, fmt.Errorf("line %d: %q stands there twice", key.Line, key.Value)
			}
			b.set(key.Value, inner)
			continue
		}
		merged, ok := inner.(*branch)
		if !ok {
			return nil, fmt.Errorf("line %d: only a mapping can be merged", key.Line)
		}
		for _, name := range merged.names {
			b.set(name, merged.get(name))
		}
	}
	return b, nil
}

func scalarOf(node *yaml.Node) (any, error) {
	switch node.ShortTag() {
	case "!!int", "!!float":
		return json.Number(node.Value), nil
	case "!!bool", "!!null":
		var value any
		if err := node.Decode(&value); err != nil {
			return nil, fmt.Errorf("line %d: %w", node.Line, err)
		}
		return value, nil
	}
	return node.Value, nil
}
