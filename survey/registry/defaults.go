package registry

import (
	_ "embed" // the shipped lists
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"

	"sipas/survey"
)

//go:embed fields.csv
var fieldsCSV string

//go:embed targets.csv
var targetsCSV string

// DefaultFields lists the fields (lĩnh vực) a new province starts with.
func DefaultFields() []survey.Field {
	rows := readCSV(fieldsCSV)
	fields := make([]survey.Field, len(rows))
	for i, row := range rows {
		fields[i] = survey.Field{
			ID:    row["id"],
			Name:  survey.Text{survey.Vietnamese: row["vi"], survey.English: row["en"]},
			Order: (i + 1) * 10,
		}
	}
	return fields
}

// DefaultTargets lists the promises of the reform plans a new province starts with.
func DefaultTargets() []survey.Target {
	rows := readCSV(targetsCSV)
	targets := make([]survey.Target, len(rows))
	for i, row := range rows {
		targets[i] = survey.Target{
			ID:          row["id"],
			Scope:       survey.TargetScope(row["scope"]),
			Members:     strings.Split(row["members"], "|"),
			Name:        survey.Text{survey.Vietnamese: row["vi"], survey.English: row["en"]},
			Comparator:  survey.Comparator(row["comparator"]),
			BasisPoints: int64(100 * number(row["percent"])),
			Deadline:    number(row["deadline"]),
			Source:      row["source"],
		}
	}
	return targets
}

// readCSV reads a shipped list; a list that cannot be read is a fault of the program.
func readCSV(text string) []map[string]string {
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comment = '#'
	records, err := reader.ReadAll()
	if err != nil {
		panic(fmt.Sprintf("registry: a shipped list: %v", err))
	}
	rows := make([]map[string]string, len(records)-1)
	for i, record := range records[1:] {
		rows[i] = make(map[string]string, len(record))
		for j, column := range records[0] {
			rows[i][column] = record[j]
		}
	}
	return rows
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(fmt.Sprintf("registry: a shipped list: %v", err))
	}
	return n
}
