package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/grps/grps/adapters/filepolicy"
	"github.com/grps/grps/adapters/webhook"
	"github.com/grps/grps/domain"
)

// examinedPolicy is the policy, if there is a good one, and what was found about it.
type examinedPolicy struct {
	policy   domain.Policy
	good     bool
	symptoms []symptom
}

// maxPolicyFaults is how many faults of a policy are told; `grps policy check` tells all.
const maxPolicyFaults = 5

func (d *doctor) policy(ctx context.Context) examinedPolicy {
	const check = "policy"
	type loading struct {
		policy domain.Policy
		err    error
	}
	loaded, intime := inTime(ctx, d.patience, func(context.Context) loading {
		p, err := filepolicy.LoadDir(d.config.configDir)
		return loading{p, err}
	})
	from := d.config.configDir
	if from == "" {
		from = "the shipped example"
	}
	switch {
	case !intime:
		return examinedPolicy{symptoms: []symptom{broken(check, from+" cannot be read within "+d.patience.String(), "see what CONFIG_DIR is mounted from")}}
	case loaded.err != nil:
		return examinedPolicy{symptoms: policyFaults(loaded.err)}
	}
	p := loaded.policy
	found := []symptom{healthy(check, fmt.Sprintf("%s: %d ranks, revision %.12s", from, p.Ladder().Len(), p.Revision()))}
	if d.config.configDir == "" && d.config.openCloudKey.IsSet() {
		found = append(found, doubtful(check, "the shipped example is in force, whose role ids are made up",
			"copy it, put the ids of your group's roles in, and set CONFIG_DIR to its folder"))
	}
	for _, remark := range remarks(p) {
		found = append(found, doubtful(check, remark, "if that is not meant, add it in policy.ranks.json"))
	}
	return examinedPolicy{policy: p, good: true, symptoms: found}
}

// fieldsOf returns the faults that an error lists, or the error as the only one.
func fieldsOf(err error) []domain.FieldError {
	if e, ok := errors.AsType[*domain.Error](err); ok && len(e.Fields) > 0 {
		return e.Fields
	}
	return []domain.FieldError{{Message: oneLine(err)}}
}

func policyFaults(err error) []symptom {
	const check, advice = "policy", "'grps policy check' names every fault; a service that runs keeps the last good policy"
	fields := fieldsOf(err)
	var symptoms []symptom
	for i, fault := range fields {
		if i == maxPolicyFaults {
			symptoms = append(symptoms, broken(check, fmt.Sprintf("and %d further faults", len(fields)-i), advice))
			break
		}
		symptoms = append(symptoms, broken(check, strings.TrimSpace(fault.Field+" "+fault.Message), advice))
	}
	return symptoms
}

func (d *doctor) webhooks(context.Context) []symptom {
	const check = "webhooks"
	if d.config.webhooksFile == "" {
		return []symptom{healthy(check, "none: nobody is told of decisions")}
	}
	client, err := webhook.New(webhook.Options{
		File: d.config.webhooksFile, AllowPrivate: d.config.webhookPrivate, Clock: systemClock{},
	})
	if err != nil {
		return faultsOf(check, err, "set the file right that WEBHOOKS_FILE names; a service does not start with it")
	}
	defer client.Close()
	var names []string
	for _, w := range client.Webhooks() {
		names = append(names, fmt.Sprintf("%s (%s)", w.Name, w.Format))
	}
	if d.config.webhookPrivate {
		return []symptom{doubtful(check, strings.Join(names, ", ")+"; private addresses are allowed, and plain http",
			"unset WEBHOOK_ALLOW_PRIVATE unless a receiver is in your own network")}
	}
	return []symptom{healthy(check, strings.Join(names, ", ")+"; 'grps webhooks test NAME' tells one something")}
}
