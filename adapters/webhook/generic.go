package webhook

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// The headers of Standard Webhooks.
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

// sign adds the headers by which the receiver knows the message again, and knows that it is ours: one signature for each secret, over id,
// timestamp and body. The timestamp is that of the try, so that what is replayed later than a receiver allows can be told.
func (t *target) sign(header http.Header, id string, now time.Time, body []byte) {
	if t.format != formatGeneric {
		return
	}
	timestamp := strconv.FormatInt(now.Unix(), 10)
	var signatures []string
	for _, secret := range t.secrets {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(id + "." + timestamp + "."))
		mac.Write(body)
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	header.Set(headerID, id)
	header.Set(headerTimestamp, timestamp)
	header.Set(headerSignature, strings.Join(signatures, " "))
}

// messageDTO is the body of a generic message.
type messageDTO struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"`
	Data      any    `json:"data"`
}

// decisionDTO is a decision, under the names of the API. Null is what there is none of.
type decisionDTO struct {
	ID             string  `json:"id"`
	UserID         int64   `json:"userId"`
	Username       *string `json:"username"`
	Action         string  `json:"action"`
	FromRank       *string `json:"fromRank"`
	ToRank         *string `json:"toRank"`
	ReasonCode     string  `json:"reasonCode"`
	Reason         string  `json:"reason"`
	Status         string  `json:"status"`
	Detail         *string `json:"detail"`
	Until          *string `json:"until"`
	ActorUserID    *int64  `json:"actorUserId"`
	Principal      *string `json:"principal"`
	PolicyRevision string  `json:"policyRevision"`
	Origin         string  `json:"origin"`
	Undoes         *string `json:"undoes"`
	CreatedAt      string  `json:"createdAt"`
}

// alertDTO is something that concerns no player.
type alertDTO struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

func genericOf(m ports.WebhookMessage) messageDTO {
	dto := messageDTO{Type: m.Alert.Topic, Timestamp: timeText(m.At), Data: alertDTO{m.Alert.ID, m.Alert.Text}}
	if m.Decision.ID != "" {
		dto.Type, dto.Data = "decision."+string(m.Decision.Status), decisionDTOFrom(m)
	}
	return dto
}

func decisionDTOFrom(m ports.WebhookMessage) decisionDTO {
	r, d := m.Decision, m.Decision.Decision
	dto := decisionDTO{
		ID: r.ID, UserID: r.UserID.Int64(), Username: orNull(m.Username), Action: d.Action.String(), FromRank: orNull(d.From),
		ReasonCode: string(d.Reason), Reason: reasonOf(r), Status: string(r.Status), Detail: orNull(r.Detail),
		Until: orNull(timeText(d.Until)), Principal: orNull(r.Principal), PolicyRevision: d.Revision,
		Origin: r.Origin.String(), Undoes: orNull(r.Undoes), CreatedAt: timeText(r.CreatedAt),
	}
	if d.Action != domain.ActionNone {
		dto.ToRank = orNull(d.To)
	}
	if actor := r.Actor.Int64(); actor != 0 {
		dto.ActorUserID = &actor
	}
	return dto
}

// reasonOf returns the caller's own words, or those of the rule.
func reasonOf(r ports.DecisionRecord) string {
	if r.Reason != "" {
		return r.Reason
	}
	return r.Decision.Sentence()
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// encode returns the JSON text of a message.
func encode(dto any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // it is no page, and < takes six characters otherwise
	if err := encoder.Encode(dto); err != nil {
		return nil, &domain.Error{Kind: domain.KindInternal, Code: "webhook_body", Message: "the message cannot be written", Cause: err}
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}
