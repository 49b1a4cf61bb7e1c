package opencloud

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxCode is the longest code of Roblox that is passed on.
const maxCode = 64

// errorBody is what the body of a refusal says: a code in lower_snake_case, "" when it gives none that can be used, and text for
// logs.
type errorBody struct {
	code string
	text string
}

// decodeErrorBody reads every shape that Open Cloud is known to refuse in, in this order: the gateway's {"errors": [{"code": 0,
// "message"}]}, v2's {"code": "INVALID_ARGUMENT", "message"}, v1's {"error", "message", "errorDetails"}, v1's validation
// {"title", "errors": {"field": ["…"]}}, and what proxies send: nothing, text or HTML. It accepts any bytes.
func decodeErrorBody(body []byte) errorBody {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil || fields == nil {
		return errorBody{text: oneLine(string(body[:min(len(body), 4*maxCause)]))}
	}
	said := errorBody{text: textOf(fields["message"])}
	switch first, validation := gatewayError(fields["errors"]), validationErrors(fields["errors"]); {
	case first != nil:
		said = errorBody{codeOf(first["code"]), textOf(first["message"])}
	case codeOf(fields["code"]) != "":
		said.code = codeOf(fields["code"])
	case fields["error"] != nil:
		said.code, said.text = v1Error(fields, said.text)
	case validation != "":
		said.text = textOf(fields["title"]) + validation
	}
	said.text = oneLine(said.text)
	return said
}

// gatewayError returns the first of a list of errors, or nil.
func gatewayError(raw json.RawMessage) map[string]json.RawMessage {
	var list []map[string]json.RawMessage
	if json.Unmarshal(raw, &list) != nil || len(list) == 0 {
		return nil
	}
	return list[0]
}

// v1Error reads {"error": "CODE", …} and {"error": {"code", "message"}}, with the data store's own code behind the text.
func v1Error(fields map[string]json.RawMessage, text string) (code, said string) {
	var inner map[string]json.RawMessage
	if json.Unmarshal(fields["error"], &inner) == nil {
		return codeOf(inner["code"]), textOf(inner["message"])
	}
	code = codeOf(fields["error"])
	if text == "" {
		text = textOf(fields["error"])
	}
	var details []struct {
		Code string `json:"datastoreErrorCode"`
	}
	if json.Unmarshal(fields["errorDetails"], &details) == nil && len(details) > 0 {
		text += " (" + details[0].Code + ")"
	}
	return code, text
}

// validationErrors returns ": field message; field message", or "".
func validationErrors(raw json.RawMessage) string {
	var byField map[string]json.RawMessage
	if json.Unmarshal(raw, &byField) != nil {
		return ""
	}
	var text strings.Builder
	for i, field := range slices.Sorted(maps.Keys(byField)) {
		if i == 10 {
			break
		}
		text.WriteString(map[bool]string{true: ": ", false: "; "}[i == 0])
		text.WriteString(field + " " + string(bytes.Trim(byField[field], `[]"`)))
	}
	return text.String()
}

// codeOf returns a textual code in lower case; "" for a number, which names nothing, and for what is no code.
func codeOf(raw json.RawMessage) string {
	code := strings.ToLower(textOf(raw))
	if len(code) > maxCode {
		return ""
	}
	for _, r := range code {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' {
			return ""
		}
	}
	return code
}

func textOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}

// oneLine returns at most maxCause runes of s as valid UTF-8 on one line, so that nobody else's text can forge a line of a log.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	return cut(strings.TrimSpace(s), maxCause)
}

// cut returns the first longest runes of s.
func cut(s string, longest int) string {
	if utf8.RuneCountInString(s) <= longest {
		return s
	}
	n := 0
	for at := range s {
		if n == longest {
			return s[:at]
		}
		n++
	}
	return s
}
