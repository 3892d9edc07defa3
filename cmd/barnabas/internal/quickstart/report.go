package quickstart

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// Report is what a run measured and found.
type Report struct {
	Records int64
	Size    int

	// Produced is the time from the first Send to the last acknowledgement,
	// Consumed that to the last record that arrived.
	Produced, Consumed time.Duration
	// Acknowledgement has the times from Send to the acknowledgement, of one record
	// in a hundred; Arrival those from Send until the consumer handed the record
	// out, of all.
	Acknowledgement, Arrival Histogram

	// Received is how many records arrived, and InLog how many the partitions hold.
	Received, InLog int64
	// Failed is how many were not acknowledged, and Failure why the first was not.
	Failed  int64
	Failure error
	// Missing, Duplicates, Disordered and Damaged are how many did not arrive, came
	// more than once, after a later one, or not as they were sent; Example tells of
	// the first.
	Missing, Duplicates, Disordered, Damaged int64
	Example                                  string
}

func (r *Report) take(c *checker) {
	r.Missing, r.Duplicates, r.Disordered, r.Damaged, r.Example = c.missing(), c.duplicates, c.disordered, c.damaged, c.example
}

// Verdict returns nil if every record arrived once and in order, or what is wrong.
func (r *Report) Verdict() error {
	var wrong []string
	for _, count := range []struct {
		n    int64
		text string
	}{
		{r.Failed, "were not acknowledged"},
		{r.Missing, "did not arrive"},
		{r.Duplicates, "arrived more than once"},
		{r.Disordered, "arrived after a later one"},
		{r.Damaged, "were damaged"},
	} {
		if count.n > 0 {
			wrong = append(wrong, fmt.Sprintf("%s %s", Count(count.n), count.text))
		}
	}
	if r.InLog != r.Records {
		wrong = append(wrong, fmt.Sprintf("the partitions hold %s", Count(r.InLog)))
	}
	if len(wrong) == 0 {
		return nil
	}
	text := fmt.Sprintf("of %s records %s", Count(r.Records), strings.Join(wrong, ", "))
	if r.Example != "" {
		text += "; " + r.Example
	}
	if r.Failure != nil {
		return fmt.Errorf("%s; %w", text, r.Failure)
	}
	return errors.New(text)
}

// String returns rates, latencies and the verdict, as lines.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "produced  %s\n", r.rate(r.Records-r.Failed, r.Produced))
	fmt.Fprintf(&b, "consumed  %s\n", r.rate(r.Received, r.Consumed))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "from send to\tp50\tp90\tp99\tp99.9\tmax\t")
	for _, row := range []struct {
		name string
		h    *Histogram
	}{{"acknowledgement", &r.Acknowledgement}, {"arrival", &r.Arrival}} {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t\n", row.name, short(row.h.Quantile(0.5)), short(row.h.Quantile(0.9)),
			short(row.h.Quantile(0.99)), short(row.h.Quantile(0.999)), short(row.h.Max()))
	}
	_ = w.Flush() // a Builder takes everything
	if err := r.Verdict(); err != nil {
		fmt.Fprintf(&b, "verdict   FAILED: %v\n", err)
	} else {
		fmt.Fprintf(&b, "verdict   OK: each of %s records arrived once, and in order within its partition\n", Count(r.Records))
	}
	return b.String()
}

func (r *Report) rate(records int64, took time.Duration) string {
	seconds := max(took, time.Microsecond).Seconds()
	return fmt.Sprintf("%s records of %d B in %.2f s: %s records/s, %.1f MiB/s", Count(records), r.Size, took.Seconds(),
		Count(int64(float64(records)/seconds)), float64(records)*float64(r.Size)/seconds/(1<<20))
}

// short rounds to three digits.
func short(d time.Duration) string {
	unit := time.Nanosecond
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit).String()
}

// Count writes a number with commas between thousands.
func Count(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
