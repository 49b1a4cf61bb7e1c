package telemetry

// The names of log fields. Every line of the service uses these and no synonyms.
const (
	FieldRequestID  = "request_id"
	FieldUserID     = "user_id"
	FieldActor      = "actor_user_id"
	FieldPrincipal  = "principal"
	FieldExperience = "experience"
	FieldDecision   = "decision"
	FieldAction     = "action"
	FieldFromRank   = "from_rank"
	FieldToRank     = "to_rank"
	FieldReason     = "reason"
	FieldStatus     = "status"
	FieldPolicy     = "policy"
	FieldOutcome    = "outcome"
	FieldDrift      = "drift"
	FieldEffect     = "effect"
	FieldResult     = "result"
	FieldAttempt    = "attempt"
	FieldDurationMS = "duration_ms"
	FieldRetryMS    = "retry_ms"
	FieldErrorKind  = "error_kind"
	FieldError      = "error"
)
