package app

import "testing"

func TestWhoeverStopsWaitingLeavesTheOthersWaiting(t *testing.T) {
	w := newWatch()
	first, forgetFirst := w.expect("d")
	second, forgetSecond := w.expect("d")
	forgetSecond()
	w.settle("d")
	for name, settled := range map[string]<-chan struct{}{"the first": first, "the second": second} {
		select {
		case <-settled:
		default:
			t.Errorf("%s was not told", name)
		}
	}
	forgetFirst()

	later, forgetLater := w.expect("d")
	forgetFirst() // once more, after everything
	w.settle("d")
	select {
	case <-later:
	default:
		t.Error("who came after the end was not told of the next")
	}
	forgetLater()
	if len(w.waiting) != 0 {
		t.Errorf("%d decisions are waited for by nobody", len(w.waiting))
	}
}
