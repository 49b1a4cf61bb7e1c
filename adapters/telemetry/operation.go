package telemetry

import (
	"runtime"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.uber.org/zap"

	"github.com/grps/grps/domain"
	"github.com/grps/grps/ports"
)

// operation are the series about how the process does.
type operation struct {
	units       *prometheus.CounterVec
	unitReports prometheus.Histogram
	unitSeconds prometheus.Histogram
	waiting     *prometheus.GaugeVec
	dead        *prometheus.GaugeVec
	oldest      *prometheus.GaugeVec
	ready       prometheus.Gauge
	parts       *prometheus.GaugeVec
	loads       *prometheus.CounterVec
}

func newOperation(registry prometheus.Registerer) operation {
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	o := operation{
		units: counter("grps_units_total", "Units of work that took reports in, by what came of them.", "outcome"),
		unitReports: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "grps_unit_reports", Help: "Reports that shared one unit of work.", Buckets: prometheus.ExponentialBuckets(1, 2, 9), // 1 … 256
		}),
		unitSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "grps_unit_seconds", Help: "Time from the beginning of a unit of work that took reports in to its commit.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 15), // 0.5 ms … 8 s
		}),
		waiting: gauge("grps_outbox_waiting", "Effects that wait to be delivered, by kind; the same from every process of a store.", "effect"),
		dead:    gauge("grps_outbox_dead", "Effects that were given up and wait for a person, by kind; the same from every process of a store.", "effect"),
		oldest:  gauge("grps_outbox_oldest_seconds", "Age of the oldest effect that waits, by kind; the same from every process of a store.", "effect"),
		ready:   prometheus.NewGauge(prometheus.GaugeOpts{Name: "grps_ready", Help: "1 while requests should be sent here, as GET /health/ready says."}),
		parts:   gauge("grps_part_status", "How each part does: 0 ok, 1 warn, 2 fail, as GET /health/ready says.", "part"),
		loads:   counter("grps_policy_loads_total", "Changes of the policy documents, by what came of them.", "outcome"),
	}
	registry.MustRegister(o.units, o.unitReports, o.unitSeconds, o.waiting, o.dead, o.oldest, o.ready, o.parts, o.loads)
	return o
}

// RegisterProcess registers what every process tells: its version, its resources and those of the Go runtime.
func RegisterProcess(registry prometheus.Registerer, version string) {
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "grps_build_info", Help: "1, with the version of the service and of Go that it was built with.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	})
	build.Set(1)
	registry.MustRegister(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
}

func (r *Recorder) unit(e ports.UnitEvent) {
	outcome := "committed"
	if e.Err != nil {
		outcome = domain.KindOf(e.Err).String()
	}
	r.operation.units.WithLabelValues(outcome).Inc()
	r.operation.unitReports.Observe(float64(e.Reports))
	r.operation.unitSeconds.Observe(e.Took.Seconds())
}

// readiness notes how the process and its parts do. What the outbox holds stays as it was while the store does not tell.
func (r *Recorder) readiness(e ports.ReadinessGauge) {
	ready := 0.0
	if e.Ready {
		ready = 1
	}
	r.operation.ready.Set(ready)
	for part, state := range map[string]ports.PartState{
		"service": e.Service, "store": e.Store, "policy": e.Policy, "outbox": e.Outbox, "open_cloud": e.OpenCloud,
	} {
		r.operation.parts.WithLabelValues(part).Set(float64(state.Status))
	}
	for _, d := range e.Depths {
		kind := d.Kind.String()
		r.operation.waiting.WithLabelValues(kind).Set(float64(d.Waiting))
		r.operation.dead.WithLabelValues(kind).Set(float64(d.Dead))
		r.operation.oldest.WithLabelValues(kind).Set(d.Oldest.Seconds())
	}
}

// policy tells of a change of the policy documents.
func (r *Recorder) policy(e ports.PolicyEvent) {
	switch {
	case e.Err != nil:
		r.operation.loads.WithLabelValues("refused").Inc()
		r.log.Error("the policy documents cannot be used; the last good policy stays in force", errorFields(e.Err)...)
		return
	case e.Revision == e.Previous:
		r.operation.loads.WithLabelValues("unchanged").Inc()
	default:
		r.operation.loads.WithLabelValues("used").Inc()
	}
	r.log.Info("policy in force", zap.String(FieldPolicy, e.Revision))
}

// statusWord returns the label of an HTTP status: the number where it is one that Roblox documents, and a word otherwise.
func statusWord(status int) string {
	switch status {
	case 0:
		return "none" // no answer
	case 200, 400, 401, 403, 404, 409, 429, 499, 500, 501, 502, 503, 504:
		return strconv.Itoa(status)
	}
	return "other"
}
