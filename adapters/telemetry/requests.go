package telemetry

import (
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/grps/grps/ports"
)

// knownStatuses are those that have a series of their own; every other is "other".
var knownStatuses = [...]int{
	200, 201, 202, 204, 304, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 499, 500, 503,
}

// Requests counts requests by route and status. It implements ports.RequestMeter.
type Requests struct {
	answers *prometheus.CounterVec
	seconds *prometheus.HistogramVec
}

// NewRequests returns a meter that registers its series with registry, under the same terms as New.
func NewRequests(registry prometheus.Registerer) *Requests {
	r := &Requests{
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "grps_http_requests_total", Help: "Requests that were answered, by route and status.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "grps_http_request_seconds", Help: "Time from a request's arrival to its answer, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route"}),
	}
	registry.MustRegister(r.answers, r.seconds)
	return r
}

// Route implements ports.RequestMeter.
func (r *Requests) Route(method, pattern string) ports.RouteMeter {
	return &routeMeter{
		observer: func() prometheus.Observer { return r.seconds.WithLabelValues(method, pattern) },
		counter:  func(status string) prometheus.Counter { return r.answers.WithLabelValues(method, pattern, status) },
	}
}

// routeMeter counts the requests of one route. What was never met has no series: most routes are never asked with HEAD.
type routeMeter struct {
	observer func() prometheus.Observer
	counter  func(status string) prometheus.Counter
	seconds  atomic.Pointer[prometheus.Observer]
	met      [len(knownStatuses) + 1]atomic.Pointer[prometheus.Counter]
}

// Answered implements ports.RouteMeter.
func (m *routeMeter) Answered(status int, took time.Duration) {
	i := 0
	for i < len(knownStatuses) && knownStatuses[i] != status {
		i++
	}
	counter := m.met[i].Load()
	if counter == nil {
		counter = m.meet(i)
	}
	(*counter).Inc()
	seconds := m.seconds.Load()
	if seconds == nil {
		observer := m.observer()
		seconds = &observer
		m.seconds.Store(seconds)
	}
	(*seconds).Observe(took.Seconds())
}

// meet makes the series of a status.
func (m *routeMeter) meet(i int) *prometheus.Counter {
	word := "other"
	if i < len(knownStatuses) {
		word = strconv.Itoa(knownStatuses[i])
	}
	counter := m.counter(word)
	m.met[i].Store(&counter)
	return &counter
}
