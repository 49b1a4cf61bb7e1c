package sandbox

import (
	"time"
	"unicode/utf8"
)

// Bounds that Roblox documents for messages, in characters, and the sandbox's own cap on what it remembers.
const (
	maxTopic     = 80
	maxMessage   = 1_024
	keptMessages = 10_000
)

// Message is one message that was published to a universe.
type Message struct {
	Time     time.Time `json:"time"`
	Universe int64     `json:"universe"`
	Topic    string    `json:"topic"`
	Text     string    `json:"message"`
}

// publishMessage takes a message; every topic exists. An empty text is refused, as an absent one is.
func (s *Server) publishMessage(q *request) (any, error) {
	universe, err := s.universe(q)
	if err != nil {
		return nil, err
	}
	body, err := parseObject(q.body)
	if err != nil {
		return nil, err
	}
	topic, err := fieldOf[string](body, "topic")
	if err != nil {
		return nil, err
	}
	if n := utf8.RuneCountInString(topic); n < 1 || n > maxTopic {
		return nil, invalidArgument("topic must have 1 to %d characters", maxTopic)
	}
	text, err := fieldOf[string](body, "message")
	if err != nil {
		return nil, err
	}
	if n := utf8.RuneCountInString(text); n < 1 || n > maxMessage {
		return nil, invalidArgument("message must have 1 to %d characters", maxMessage)
	}
	s.messages.add(Message{Time: q.now, Universe: universe, Topic: topic, Text: text})
	q.changed = true
	return nil, nil
}
