// Package simulation runs the client against the embedded cluster in virtual
// time, with faults drawn from a seed: lost requests, lost responses, silent and
// dying nodes, moving leaders. An outside client then reads the logs, and the
// outcome that every record was promised is held against them.
package simulation
