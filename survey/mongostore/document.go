package mongostore

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"sipas/survey"
)

// Records travel through their JSON form, so that both stores keep the same
// values and the domain needs no tags of the driver. Unlike extended JSON
// nothing in a record is ever taken for an instruction: a string stays a string
// and a key that begins with a dollar is only a key.

// encode gives the document of a record under its key.
func encode(key string, record any) (bson.D, error) {
	text, err := json.Marshal(record)
	if err != nil {
		return nil, internal("a record cannot be written as JSON", err)
	}
	tokens := json.NewDecoder(bytes.NewReader(text))
	tokens.UseNumber()
	value, err := readValue(tokens)
	if err != nil {
		return nil, internal("a record cannot be written as a document", err)
	}
	fields, ok := value.(bson.D)
	if !ok {
		return nil, internal("a record is not an object", nil)
	}
	return append(bson.D{{Key: "_id", Value: key}}, fields...), nil
}

func readValue(tokens *json.Decoder) (any, error) {
	token, err := tokens.Token()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			return readArray(tokens)
		}
		return readObject(tokens)
	case json.Number:
		if strings.ContainsAny(string(token), ".eE") {
			return token.Float64()
		}
		return token.Int64()
	default: // string, bool or nil
		return token, nil
	}
}

func readArray(tokens *json.Decoder) (bson.A, error) {
	array := bson.A{}
	for tokens.More() {
		value, err := readValue(tokens)
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	_, err := tokens.Token()
	return array, err
}

func readObject(tokens *json.Decoder) (bson.D, error) {
	object := bson.D{}
	for tokens.More() {
		key, err := tokens.Token()
		if err != nil {
			return nil, err
		}
		value, err := readValue(tokens)
		if err != nil {
			return nil, err
		}
		object = append(object, bson.E{Key: escapeKey.Replace(key.(string)), Value: value})
	}
	_, err := tokens.Token()
	return object, err
}

// Keys of maps are data: dots, dollars and NUL, which have a meaning in a field
// name or are refused there, are written as in a URL.
var (
	escapeKey   = strings.NewReplacer("%", "%25", ".", "%2E", "$", "%24", "\x00", "%00")
	unescapeKey = strings.NewReplacer("%25", "%", "%2E", ".", "%24", "$", "%00", "\x00")
)

// decode undoes encode. Numbers may have become int32 or double at an
// administrator's hand.
func decode[T any](document bson.Raw) (T, error) {
	var record T
	var text bytes.Buffer
	elements, err := document.Elements()
	if err == nil {
		elements = slices.DeleteFunc(elements, func(e bson.RawElement) bool { return e.Key() == "_id" })
		err = writeObject(&text, elements)
	}
	if err != nil {
		return record, internal("a stored document cannot be read", err)
	}
	if err := json.Unmarshal(text.Bytes(), &record); err != nil {
		return record, internal("a stored document is not of its collection", err)
	}
	return record, nil
}

func writeObject(text *bytes.Buffer, elements []bson.RawElement) error {
	text.WriteByte('{')
	for i, element := range elements {
		if i > 0 {
			text.WriteByte(',')
		}
		if err := writeJSON(text, unescapeKey.Replace(element.Key())); err != nil {
			return err
		}
		text.WriteByte(':')
		if err := writeValue(text, element.Value()); err != nil {
			return fmt.Errorf("field %s: %w", element.Key(), err)
		}
	}
	text.WriteByte('}')
	return nil
}

func writeValue(text *bytes.Buffer, value bson.RawValue) error {
	switch value.Type {
	case bson.TypeEmbeddedDocument:
		elements, err := value.Document().Elements()
		if err != nil {
			return err
		}
		return writeObject(text, elements)
	case bson.TypeArray:
		values, err := value.Array().Values()
		if err != nil {
			return err
		}
		text.WriteByte('[')
		for i, v := range values {
			if i > 0 {
				text.WriteByte(',')
			}
			if err := writeValue(text, v); err != nil {
				return err
			}
		}
		text.WriteByte(']')
		return nil
	case bson.TypeString:
		return writeJSON(text, value.StringValue())
	case bson.TypeInt32:
		return writeJSON(text, value.Int32())
	case bson.TypeInt64:
		return writeJSON(text, value.Int64())
	case bson.TypeDouble:
		f := value.Double()
		if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			text.WriteString(strconv.FormatInt(int64(f), 10))
			return nil
		}
		return writeJSON(text, f)
	case bson.TypeBoolean:
		return writeJSON(text, value.Boolean())
	case bson.TypeNull:
		text.WriteString("null")
		return nil
	case bson.TypeDateTime:
		return writeJSON(text, value.Time().UTC().Format(time.RFC3339Nano))
	}
	return fmt.Errorf("a value of type %s has no place in a record", value.Type)
}

func writeJSON(text *bytes.Buffer, value any) error {
	b, err := json.Marshal(value)
	text.Write(b)
	return err
}

func internal(message string, err error) error {
	return &survey.Error{Code: survey.CodeInternal, Message: message, Err: err}
}
