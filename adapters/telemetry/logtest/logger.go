package logtest

import (
	"io"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// Logger returns a logger for a test, and the lines that it got.
func Logger(level zapcore.Level) (*zap.Logger, *observer.ObservedLogs) {
	core, lines := observer.New(level)
	return zap.New(zapcore.NewTee(core, lined(Writer(Log), level))), lines
}

// JSON returns a logger that writes every line to w, as a service does.
func JSON(w io.Writer) *zap.Logger { return zap.New(lined(Both(w, Log), zapcore.DebugLevel)) }

func lined(w io.Writer, level zapcore.Level) zapcore.Core {
	if w == io.Discard {
		return zapcore.NewNopCore()
	}
	encoder := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig())
	return zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(w)), level)
}
