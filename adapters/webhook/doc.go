// Package webhook tells others over HTTPS what was decided: receivers of signed messages in the form of Standard Webhooks, Discord and
// Slack. Where they are is read from a file and leaves this package never: an address is as good as a key to whoever knows it. It goes
// nowhere but to the Internet, unless it is told that it may.
package webhook
