// Package telemetry turns what the use cases report into log lines and Prometheus series. No name, body or key ever reaches it, and no
// player is ever a label.
package telemetry
