package inbound

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"belfry/wsserver/wire"
)

// Signature is the header in which GitHub sends the HMAC of a body.
const Signature = "X-Hub-Signature-256"

// CheckSignature refuses a body whose signature is not made with secret, as GitHub makes it: HMAC-SHA256 of the body as it
// was sent. A request without a signature passes: not every webhook has a secret. Errors: not_allowed.
func CheckSignature(header http.Header, body []byte, secret string) error {
	given := header.Values(Signature)
	if len(given) == 0 {
		return nil
	}
	const scheme = "sha256="
	sum, err := hex.DecodeString(strings.TrimPrefix(given[0], scheme))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	if err != nil || len(given) > 1 || !strings.HasPrefix(given[0], scheme) || !hmac.Equal(sum, mac.Sum(nil)) {
		return wire.ErrNotAllowed.WithMessage("The signature is not right. Enter the access token as the webhook's secret.")
	}
	return nil
}

// subject is what an event of GitHub is about.
type subject struct {
	Number  int    `json:"number"`
	Title   string `json:"title"`
	Name    string `json:"name"`
	Tag     string `json:"tag_name"`
	Body    string `json:"body"`
	State   string `json:"state"`
	HTMLURL string `json:"html_url"`
	Merged  bool   `json:"merged"`
	// Of workflows and checks.
	Conclusion string `json:"conclusion"`
	Branch     string `json:"head_branch"`
}

// event is a webhook's body, as far as it is told.
type event struct {
	Action     string `json:"action"`
	Zen        string `json:"zen"`
	Ref        string `json:"ref"`
	RefType    string `json:"ref_type"`
	Compare    string `json:"compare"`
	Deleted    bool   `json:"deleted"`
	Repository *struct {
		FullName string `json:"full_name"`
		HTMLURL  string `json:"html_url"`
	} `json:"repository"`
	Organization *struct {
		Login string `json:"login"`
	} `json:"organization"`
	Sender *struct {
		Login string `json:"login"`
	} `json:"sender"`
	Commits []struct {
		Message string `json:"message"`
	} `json:"commits"`
	Issue    *subject `json:"issue"`
	Pull     *subject `json:"pull_request"`
	Comment  *subject `json:"comment"`
	Review   *subject `json:"review"`
	Release  *subject `json:"release"`
	Workflow *subject `json:"workflow_run"`
	Check    *subject `json:"check_run"`
}

// readGitHub reads a webhook of GitHub, sent as JSON or as a form with the JSON as its field "payload".
func readGitHub(header http.Header, body []byte) (Message, error) {
	if kind, _, _ := mime.ParseMediaType(header.Get("Content-Type")); kind == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return Message{}, foreign("github")
		}
		body = []byte(form.Get("payload"))
	}
	var e event
	if err := decode("github", body, &e); err != nil {
		return Message{}, err
	}
	place := e.place()
	name := header.Get("X-GitHub-Event")
	if name == "" {
		name = e.name()
	}
	if place == "" || name == "" {
		return Message{}, foreign("github")
	}
	m := e.message(name)
	m.Title = place + ": " + m.Title
	if m.Priority == 0 {
		m.Priority = priorityNormal
	}
	if e.Repository != nil {
		m.Click = firstLink(m.Click, e.Repository.HTMLURL)
	}
	m.Tags = []string{name}
	return m, nil
}

// place is the repository or organization that an event is of.
func (e *event) place() string {
	switch {
	case e.Repository != nil && e.Repository.FullName != "":
		return e.Repository.FullName
	case e.Organization != nil:
		return e.Organization.Login
	case e.Sender != nil:
		return e.Sender.Login
	}
	return ""
}

// name guesses the event from what the body has, for a sender in between that has lost the header.
func (e *event) name() string {
	switch {
	case e.Sender == nil:
		return ""
	case e.Zen != "":
		return "ping"
	case e.Workflow != nil:
		return "workflow_run"
	case e.Check != nil:
		return "check_run"
	case e.Release != nil:
		return "release"
	case e.Review != nil:
		return "pull_request_review"
	case e.Comment != nil && e.Issue != nil:
		return "issue_comment"
	case e.Pull != nil:
		return "pull_request"
	case e.Issue != nil:
		return "issues"
	case e.Ref != "":
		return "push"
	}
	return ""
}

// message tells an event. The title is without the place; a priority of 0 is the normal one.
func (e *event) message(name string) Message {
	switch {
	case e.Zen != "":
		return Message{Title: "the webhook works", Text: e.Zen, Priority: priorityLow}
	case e.Workflow != nil:
		return e.result("workflow", e.Workflow)
	case e.Check != nil:
		return e.result("check", e.Check)
	case e.Release != nil:
		return e.of("release "+firstOf(e.Release.Name, e.Release.Tag), e.Action, e.Release)
	case e.Review != nil && e.Pull != nil:
		return e.about(fmt.Sprintf("review of #%d %s", e.Pull.Number, e.Pull.Title), firstOf(e.Review.State, e.Action), e.Review)
	case e.Comment != nil && e.Issue != nil:
		return e.about(fmt.Sprintf("comment on #%d %s", e.Issue.Number, e.Issue.Title), e.Action, e.Comment)
	case e.Pull != nil:
		action := e.Action
		if action == "closed" && e.Pull.Merged {
			action = "merged"
		}
		return e.of(fmt.Sprintf("pull request #%d %s", e.Pull.Number, e.Pull.Title), action, e.Pull)
	case e.Issue != nil:
		return e.of(fmt.Sprintf("issue #%d %s", e.Issue.Number, e.Issue.Title), e.Action, e.Issue)
	case name == "push":
		return e.push()
	}
	return e.about(strings.TrimSpace(strings.ReplaceAll(name, "_", " ")+" "+e.RefType+" "+e.Ref), e.Action, &subject{})
}

// about tells what has happened to something: who did it, and the text that came with it.
func (e *event) about(what, action string, s *subject) Message {
	m := Message{Title: what, Click: s.HTMLURL}
	if action != "" {
		m.Title += " " + strings.ReplaceAll(action, "_", " ")
	}
	m.Text = firstOf(extract(s.Body), m.Title)
	if e.Sender != nil && e.Sender.Login != "" {
		m.Text = e.Sender.Login + ": " + m.Text
	}
	return m
}

// of is about for what can be open: what is closed is of less interest.
func (e *event) of(what, action string, s *subject) Message {
	m := e.about(what, action, s)
	if action == "closed" || action == "merged" {
		m.Priority = priorityLow
	}
	return m
}

// result tells how a run of checks has ended.
func (e *event) result(kind string, s *subject) Message {
	state := firstOf(s.Conclusion, e.Action)
	m := e.about(kind+" "+s.Name, state, s)
	if s.Branch != "" {
		m.Text = lines(m.Text, "Branch "+s.Branch)
	}
	switch state {
	case "failure", "timed_out", "startup_failure":
		m.Priority = priorityHigh
	case "success", "neutral", "skipped", "completed", "requested", "in_progress", "created":
		m.Priority = priorityLow
	}
	return m
}

// push tells the first lines of the commits that were pushed.
func (e *event) push() Message {
	branch := strings.TrimPrefix(strings.TrimPrefix(e.Ref, "refs/heads/"), "refs/tags/")
	m := e.about("push to "+branch, "", &subject{HTMLURL: e.Compare})
	if e.Deleted {
		m = e.about(branch, "deleted", &subject{})
	}
	told := make([]string, 0, maxAlerts)
	for i, c := range e.Commits {
		if i == maxAlerts {
			told = append(told, fmt.Sprintf("… and %d more.", len(e.Commits)-i))
			break
		}
		first, _, _ := strings.Cut(strings.TrimSpace(c.Message), "\n")
		told = append(told, oneLine(first))
	}
	m.Text = lines(append([]string{m.Text}, told...)...)
	return m
}
