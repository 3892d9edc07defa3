package conn

// callRing is a queue of calls of fixed capacity.
type callRing struct {
	calls []*Call
	head  int
	n     int
}

func newCallRing(capacity int) callRing { return callRing{calls: make([]*Call, capacity)} }

// push appends a call. The places that calls must have keep it from being full.
func (r *callRing) push(call *Call) {
	r.calls[(r.head+r.n)%len(r.calls)] = call
	r.n++
}

// oldest returns the first call, nil if there is none.
func (r *callRing) oldest() *Call {
	if r.n == 0 {
		return nil
	}
	return r.calls[r.head]
}

// pop removes and returns the first call, nil if there is none.
func (r *callRing) pop() *Call {
	call := r.oldest()
	if call != nil {
		r.calls[r.head] = nil
		r.head = (r.head + 1) % len(r.calls)
		r.n--
	}
	return call
}

// all yields the calls, oldest first.
func (r *callRing) all(yield func(*Call) bool) {
	for i := range r.n {
		if !yield(r.calls[(r.head+i)%len(r.calls)]) {
			return
		}
	}
}
