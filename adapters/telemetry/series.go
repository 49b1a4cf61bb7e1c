package telemetry

import "github.com/prometheus/client_golang/prometheus"

// series are the figures of one process.
type series struct {
	ingests       *prometheus.CounterVec
	ingestSeconds prometheus.Histogram
	decisions     *prometheus.CounterVec
	effects       *prometheus.CounterVec
	effectSeconds *prometheus.HistogramVec
	looks         *prometheus.CounterVec
	faults        *prometheus.CounterVec
	calls         *prometheus.CounterVec
	callSeconds   *prometheus.HistogramVec
	callsLeft     *prometheus.GaugeVec
	sweeps        *prometheus.CounterVec
	switches      *prometheus.CounterVec
	automation    *prometheus.GaugeVec
	held          prometheus.Gauge
	denials       *prometheus.CounterVec
	findings      *prometheus.CounterVec
	erasures      *prometheus.CounterVec
}

func newSeries(registry prometheus.Registerer) series {
	buckets := prometheus.ExponentialBuckets(0.001, 2, 15) // 1 ms … 16 s
	s := series{
		ingests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "grps_reports_total", Help: "Reports from games, by what became of them.",
		}, []string{"outcome"}),
		ingestSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "grps_report_seconds", Help: "Time from a report's arrival to its durable answer.", Buckets: buckets,
		}),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "grps_decisions_total", Help: "Decisions made, by action, reason and first status.",
		}, []string{"action", "reason", "status"}),
		effects: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "grps_effects_total", Help: "Tries to deliver an effect, by kind and result.",
		}, []string{"effect", "result"}),
		effectSeconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "grps_effect_seconds", Help: "Time that one try to deliver an effect took.", Buckets: buckets,
		}, []string{"effect"}),
		looks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "grps_looks_total", Help: "Looks at what Roblox shows of players, by their cause and what they came to.",
		}, []string{"cause", "outcome"}),
		faults: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "grps_dispatch_faults_total", Help: "Failures of the store while claiming or settling effects, by kind.",
		}, []string{"kind"}),
	}
	s.calls = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "grps_roblox_calls_total", Help: "Calls to Roblox, by what they do, the status of the answer and what came of them.",
	}, []string{"call", "status", "outcome"})
	s.callSeconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "grps_roblox_call_seconds", Help: "Time from a call to Roblox to its answer.", Buckets: buckets,
	}, []string{"call"})
	s.callsLeft = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "grps_roblox_calls_left", Help: "Calls that Roblox's limit left this process after the last one.",
	}, []string{"call"})
	s.sweeps = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "grps_sweeps_total", Help: "Walks over everybody that this process left off working on, by kind and state.",
	}, []string{"kind", "state"})
	s.erasures = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "grps_erasures_total", Help: "Erasures of players that came to a state here.",
	}, []string{"state"})
	s.switches = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "grps_automation_changes_total", Help: "Pauses, stops and resumptions of automation that this process made, by what it came to.",
	}, []string{"state"})
	s.automation = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "grps_automation", Help: "1 for the state that automation is in.",
	}, []string{"state"})
	s.held = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "grps_decisions_held", Help: "Decisions that wait for automation to go on.",
	})
	s.denials = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "grps_denials_total", Help: "Callers who were denied something for their key, by why.",
	}, []string{"reason"})
	s.findings = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "grps_findings_total", Help: "What was odd about reports, by kind.",
	}, []string{"kind"})
	registry.MustRegister(s.findings, s.denials, s.calls, s.callSeconds, s.callsLeft)
	registry.MustRegister(s.erasures, s.switches, s.automation, s.held)
	registry.MustRegister(s.ingests, s.ingestSeconds, s.decisions, s.effects, s.effectSeconds, s.looks, s.faults, s.sweeps)
	return s
}
