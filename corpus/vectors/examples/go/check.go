// Loads the vectors of participant hashes, and checks a function with them.
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

type vector struct {
	ID     string                     `json:"id"`
	Input  struct{ Devices []string } `json:"input"`
	Output struct{ Text string }      `json:"output"`
}

// Sorted forms user.agent:device@server, the device always written.
func participantHash(devices []string) string {
	forms := make([]string, len(devices))
	for i, jid := range devices {
		account, server, _ := strings.Cut(jid, "@")
		user, device, found := strings.Cut(account, ":")
		if !found {
			device = "0"
		}
		forms[i] = user + ".0:" + device + "@" + server
	}
	sort.Strings(forms)
	digest := sha256.Sum256([]byte(strings.Join(forms, "")))
	return "2:" + base64.RawStdEncoding.EncodeToString(digest[:6])
}

func main() {
	file, err := os.Open(filepath.Join(os.Args[1], "participant-hash.jsonl"))
	if err != nil {
		panic(err)
	}
	checked, failures := 0, 0
	for lines := bufio.NewScanner(file); lines.Scan(); checked++ {
		var one vector
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			panic(err)
		}
		if hash := participantHash(one.Input.Devices); hash != one.Output.Text {
			fmt.Printf("%s: %s, not %s\n", one.ID, hash, one.Output.Text)
			failures++
		}
	}
	fmt.Printf("%d vectors checked, %d failures\n", checked, failures)
	if failures > 0 || checked == 0 {
		os.Exit(1)
	}
}
