package coordinator

// machine is the state machine of a membership: a member or a consumerMember.
type machine interface {
	common() *standing
	where() State
	next() action // to begin now
	pauseOver()
	eventDelivered()
	eventDone()
	polled()
	pollExpired(err error)
	unsubscribe(reason string)
	left()
}

// standing is what the state machines of both protocols have.
type standing struct {
	busy    action // under way
	seq     int    // counts actions, and what cut them short
	leaving string // why the member leaves; empty if it does not
	idle    bool   // the application does not poll: do not join

	departure Departure

	failures int   // in a row
	pausing  bool  // wait before the next try
	err      error // of the last failure

	event     *Event // that the application must be told, or is at
	delivered bool   // the application is at it

	commits Generation // under which the application commits
}

// action is something that takes time, which the driver must do. Until one of
// the methods named is called, there is no other.
type action uint8

const (
	doNothing action = iota
	doPause          // wait for the back-off after standing.failures failures, then pauseOver
	doJoin           // send JoinGroup, then joined or joinFailed
	doAssign         // run the assignor over member.members, then divided or divideFailed
	doSync           // send SyncGroup with member.shares, then synced or syncFailed
	doBeat           // send a consumerMember's heartbeat, then beaten or beatFailed
	doLeave          // tell the coordinator that the member leaves, then left
)

func (s *standing) common() *standing { return s }

func (s *standing) begin(a action) action {
	s.busy = a
	s.seq++
	return a
}

// end ends the action under way; the outcome of one that was cut short will be
// of an older seq.
func (s *standing) end() {
	s.busy = doNothing
	s.seq++
}

// polled notes that the application is back after pollExpired.
func (s *standing) polled() { s.idle = false }
