package metrics

import (
	"errors"
	"time"
)

// Measure is one metric to be made of a sensor's values.
type Measure struct {
	Name        string
	New         NewStat
	Description string
}

// AvgAndMax returns the measures that the Java client has for sizes and times:
// name-avg and name-max.
func AvgAndMax(name, description string) []Measure {
	return []Measure{
		{name + "-avg", Avg, "average " + description},
		{name + "-max", Max, "largest " + description},
	}
}

// RateAndTotal returns the measures that the Java client has for what it counts:
// name-rate and name-total.
func RateAndTotal(name, description string) []Measure {
	return []Measure{
		{name + "-rate", Rate, description + ", per second"},
		{name + "-total", Total, description},
	}
}

// NanosecondsTotal is a total of seconds, in nanoseconds.
func NanosecondsTotal(cfg Config) Stat { return nanoseconds{Total(cfg)} }

type nanoseconds struct{ Stat }

func (n nanoseconds) Measure(now time.Time) float64 { return n.Stat.Measure(now) * 1e9 }

// AddAll adds metrics of one group and the same tags. The error joins those of Add;
// the others are there.
func (s *Sensor) AddAll(group string, tags []Tag, measures ...Measure) error {
	var errs []error
	for _, m := range measures {
		errs = append(errs, s.Add(Name{Group: group, Name: m.Name, Tags: tags, Description: m.Description}, m.New))
	}
	return errors.Join(errs...)
}
