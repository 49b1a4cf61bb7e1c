package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/google/uuid"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// newLogger returns a logger that writes to w as the configuration says.
func newLogger(c config, w io.Writer) (*zap.Logger, error) {
	level, err := zapcore.ParseLevel(c.logLevel)
	if err != nil {
		return nil, fmt.Errorf("set the log level: %w", err)
	}
	encoding := zap.NewProductionEncoderConfig()
	encoding.EncodeTime = zapcore.TimeEncoderOfLayout("2006-01-02T15:04:05.000Z07:00")
	encoder := zapcore.NewJSONEncoder(encoding)
	if c.logFormat == "console" || c.logFormat == "auto" && terminal(w) {
		encoder = newConsole(encoding)
	}
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(w)), level)), nil
}

// terminal reports whether w is a terminal that a person may look at.
func terminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// systemClock implements ports.Clock.
type systemClock struct{}

// Now implements ports.Clock.
func (systemClock) Now() time.Time { return time.Now() }

// uuids implements ports.IDSource.
type uuids struct{}

// NewID implements ports.IDSource. It panics when the system has no randomness left, as nothing safe can be done then.
func (uuids) NewID() string { return uuid.Must(uuid.NewV7()).String() }
