// The cases of run.ts with net/http.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func get(method, path, name, value string) (int, http.Header, []byte) {
	request, err := http.NewRequest(method, os.Getenv("CMU")+path, nil)
	if err != nil {
		panic(err)
	}
	if name != "" {
		request.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		panic(err)
	}
	return answer.StatusCode, answer.Header, body
}

func rows(body []byte) int {
	var report struct{ Report []any }
	if err := json.Unmarshal(body, &report); err != nil {
		panic(err)
	}
	return len(report.Report)
}

func main() {
	report := os.Getenv("JSON")
	status, header, body := get("GET", report, "", "")
	fmt.Println("json", status, rows(body))
	status, _, body = get("GET", os.Getenv("CSV"), "", "")
	fmt.Println("csv", status, len(strings.Split(strings.TrimSpace(string(body)), "\n")))
	// The transport asks for gzip and decodes it by itself.
	status, _, body = get("GET", report, "", "")
	fmt.Println("gzip", status, rows(body))
	status, _, _ = get("GET", report, "If-None-Match", header.Get("ETag"))
	fmt.Println("conditional", status)
	status, _, _ = get("HEAD", report, "", "")
	fmt.Println("head", status)
	status, _, _ = get("GET", os.Getenv("MISSING"), "", "")
	fmt.Println("missing", status)
	before, _, _ := get("GET", report, "", "")
	seconds, _ := strconv.ParseFloat(os.Getenv("WAIT"), 64)
	time.Sleep(time.Duration(seconds * float64(time.Second)))
	status, _, _ = get("GET", report, "", "")
	fmt.Println("reuse", before, status)
}
