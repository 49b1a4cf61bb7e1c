package opencloud

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// Topic is what live servers subscribe to.
const Topic = "grps"

// maxMessage is Roblox's limit of 1,024 characters on a message, taken in bytes: whatever it counts, this fits.
const maxMessage = 1024

type publishDTO struct {
	Topic   string `json:"topic"`
	Message string `json:"message"`
}

// announcementDTO is the message, as JSON text: Roblox carries strings only.
type announcementDTO struct {
	ID         string `json:"id"`
	UserID     int64  `json:"userId"`
	Action     string `json:"action"`
	FromRank   string `json:"fromRank"`
	ToRank     string `json:"toRank"`
	ReasonCode string `json:"reasonCode"`
	Status     string `json:"status"`
	Until      string `json:"until,omitempty"` // RFC 3339
}

// Announce publishes the decision on the topic "grps" of every universe of the Client, as JSON text of at most 1,024 characters: id,
// userId, action, fromRank, toRank, reasonCode, status, and until when there is an end. Only live servers receive it, usually within
// two seconds, and Roblox does not promise that any does. Every universe is tried; the error is one that another try can help, if
// there is such, and then those that were reached see the message again.
func (c *Client) Announce(ctx context.Context, d ports.DecisionRecord) error {
	message, err := announcement(d)
	if err != nil {
		return err
	}
	var worst error
	for _, universe := range c.universes {
		err := c.do(ctx, call{
			at: c.perUniverse[universe].publish, lane: ports.LaneMessage, method: http.MethodPost,
			path: "/cloud/v2/universes/" + universe.String() + ":publishMessage",
			body: publishDTO{Topic: Topic, Message: message},
		}, nil)
		if err != nil && (worst == nil || final(worst) && !final(err)) {
			worst = fmt.Errorf("announce decision %s in universe %s: %w", d.ID, universe, err)
		}
	}
	return worst
}

// final reports whether the same call will be refused again.
func final(err error) bool {
	switch domain.KindOf(err) {
	case domain.KindInvalid, domain.KindDenied, domain.KindNotFound, domain.KindBlocked:
		return true
	default:
		return false
	}
}

// announcement returns the message. Ids, codes and ranks of 64 characters fit easily; where somebody's texts do not, the ranks are
// cut until they do.
func announcement(d ports.DecisionRecord) (string, error) {
	for _, longest := range [...]int{domain.MaxNameLength, 32, 16, 0} {
		text, err := announcementOf(d, longest)
		if err != nil {
			return "", err
		}
		if len(text) <= maxMessage {
			return text, nil
		}
	}
	return "", &domain.Error{
		Kind: domain.KindInvalid, Code: "announcement_too_long",
		Message: "the decision does not fit into a message of 1,024 characters", Cause: errors.New("id " + oneLine(d.ID)),
	}
}

func announcementOf(d ports.DecisionRecord, longest int) (string, error) {
	dto := announcementDTO{
		ID:         d.ID,
		UserID:     d.UserID.Int64(),
		Action:     d.Decision.Action.String(),
		FromRank:   cut(d.Decision.From, longest),
		ToRank:     cut(d.Decision.To, longest),
		ReasonCode: string(d.Decision.Reason),
		Status:     string(d.Status),
	}
	if !d.Decision.Until.IsZero() {
		dto.Until = d.Decision.Until.UTC().Format(time.RFC3339)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // < would take six characters
	if err := encoder.Encode(dto); err != nil {
		return "", fmt.Errorf("encode the announcement: %w", err)
	}
	return strings.TrimSuffix(text.String(), "\n"), nil
}
