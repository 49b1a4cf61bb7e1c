package main

import (
	"go.uber.org/zap/buffer"
	"go.uber.org/zap/zapcore"
)

// shortRevision is how much of a policy's revision tells it from others for people.
const shortRevision = 12

// console writes lines of the log for somebody who watches: without what is empty, and without what only a search needs.
type console struct{ zapcore.Encoder }

// newConsole returns what writes such lines.
func newConsole(encoding zapcore.EncoderConfig) zapcore.Encoder {
	encoding.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
	encoding.EncodeLevel = zapcore.CapitalLevelEncoder
	encoding.ConsoleSeparator = "  "
	return console{zapcore.NewConsoleEncoder(encoding)}
}

// Clone implements zapcore.Encoder.
func (c console) Clone() zapcore.Encoder { return console{c.Encoder.Clone()} }

// EncodeEntry implements zapcore.Encoder.
func (c console) EncodeEntry(entry zapcore.Entry, fields []zapcore.Field) (*buffer.Buffer, error) {
	kept := make([]zapcore.Field, 0, len(fields))
	for _, field := range fields {
		switch {
		case field.Type != zapcore.StringType:
		case field.String == "" || field.Key == "request_id" && entry.Level < zapcore.WarnLevel:
			continue
		case field.Key == "policy" && len(field.String) > shortRevision:
			field.String = field.String[:shortRevision]
		}
		kept = append(kept, field)
	}
	return c.Encoder.EncodeEntry(entry, kept)
}
