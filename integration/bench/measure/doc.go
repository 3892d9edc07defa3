// Package measure is the part of the benchmark that runs in a process of its
// own for each measurement, so that CPU time, memory and allocations are those
// of one client alone: [Main] reads a [Task] from stdin, lets a [Client] do it,
// first a tenth of it to warm up, and writes a [Result] to stdout.
//
// It needs the standard library only, so that a client whose dependencies are
// heavy may be built apart.
package measure
