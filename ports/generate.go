package ports

//go:generate go tool moq -rm -pkg portsmock -out portsmock/roblox.go . GroupRoles Roster Restrictions Mirror Announcer DataStore
//go:generate go tool moq -rm -pkg portsmock -out portsmock/usecase.go . Ingester Decider PlayerFinder Leaderboards Syncer Historian Explainer Undoer
//go:generate go tool moq -rm -pkg portsmock -out portsmock/readiness.go . Prober KeyExaminer
//go:generate go tool moq -rm -pkg portsmock -out portsmock/review.go . Reviewer
//go:generate go tool moq -rm -pkg portsmock -out portsmock/approval.go . Approver
//go:generate go tool moq -rm -pkg portsmock -out portsmock/webhook.go . Webhooks Postmaster
//go:generate go tool moq -rm -pkg portsmock -out portsmock/automation.go . Automator
//go:generate go tool moq -rm -pkg portsmock -out portsmock/reconciliation.go . Reconciler
//go:generate go tool moq -rm -pkg portsmock -out portsmock/rewind.go . Rewinder
//go:generate go tool moq -rm -pkg portsmock -out portsmock/erasure.go . Eraser
