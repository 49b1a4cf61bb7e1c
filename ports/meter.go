package ports

import "time"

// RequestMeter counts requests by the route that answered them. It is apart from Recorder because it is asked on every request, and must
// then cost next to nothing.
type RequestMeter interface {
	// Route returns what counts the requests of a route, given by its method and its pattern, both one of a few. It is asked once for each
	// route, before there are requests.
	Route(method, pattern string) RouteMeter
}

// RouteMeter counts the requests of one route.
type RouteMeter interface {
	// Answered counts a request by its status and the time that it took. It never blocks, never fails, keeps nothing of its own for a
	// request and may be called from any goroutine.
	Answered(status int, took time.Duration)
}
