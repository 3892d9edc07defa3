package kafkabroker

import "testing"

func TestJavaMajor(t *testing.T) {
	for printed, want := range map[string]int{
		"openjdk version \"17.0.15\" 2025-04-15\n": 17,
		"java version \"1.8.0_402\"\n":             8,
		"openjdk version \"25\" 2025-09-16\n":      25,
	} {
		if got, err := javaMajor(printed); got != want || err != nil {
			t.Errorf("javaMajor(%q) = %d, %v, want %d", printed, got, err, want)
		}
	}
	if got, err := javaMajor("Unrecognized option"); err == nil {
		t.Errorf("javaMajor finds %d where there is none", got)
	}
}

func TestCheckJava(t *testing.T) {
	old, current := release{3, 9, 1}, release{4, 3, 1}
	for _, test := range []struct {
		release release
		java    int
		ok      bool
	}{
		{old, 11, false}, {old, 17, true}, {old, 23, true}, {old, 24, false},
		{current, 11, false}, {current, 17, true}, {current, 25, true},
	} {
		if err := test.release.checkJava(test.java); (err == nil) != test.ok {
			t.Errorf("Kafka %s on Java %d: %v, want ok %v", test.release, test.java, err, test.ok)
		}
	}
}
