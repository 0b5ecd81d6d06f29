// Leads the Go SDK through its usual session; prints a fact a line: its name, a tab, a value.
package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/aliyun/aliyun-odps-go-sdk/odps"
	"github.com/aliyun/aliyun-odps-go-sdk/odps/account"
	"github.com/aliyun/aliyun-odps-go-sdk/odps/options"
	"github.com/aliyun/aliyun-odps-go-sdk/odps/tunnel"
)

const selection = "select city, count(*) as n from customers group by city order by city limit 2;"

func main() {
	client := odps.NewOdps(account.NewAliyunAccount(os.Args[2], os.Args[3]), os.Args[1])
	client.SetDefaultProjectName("sandbox")
	project(client)
	query(client)
	repeat(client)
	stop(client)
	failure(client)
	tell("session", "complete")
}

func project(client *odps.Odps) {
	project := client.Project("sandbox")
	must(project.Load())
	tell("project", project.Name(), project.Owner())
	properties, err := project.GetAllProperties()
	must(err)
	tenant := client.Tenant()
	must(tenant.Load())
	tell("tenant", tenant.GetName())
	tell("property", properties.Get("odps.schema.model.enabled"))
}

func query(client *odps.Odps) {
	task := odps.NewAnonymousSQLTask(selection, nil)
	instance, err := client.Instances().CreateTask("sandbox", &task)
	must(err)
	must(instance.WaitForSuccess())
	must(instance.Load())
	tell("status", instance.Status(), instance.Owner())
	tasks, err := instance.GetTasks()
	must(err)
	tell("task", tasks[0].Name, tasks[0].Status)
	stages, err := instance.GetTaskProgress("AnonymousSQLTask")
	must(err)
	for _, stage := range stages {
		tell("progress", stage.ID, stage.TerminatedWorkers, stage.TotalWorkers, stage.FinishedPercentage)
	}
	reader, err := task.GetSelectResultAsCsv(instance, false)
	must(err)
	rows(reader)
	session, err := tunnel.NewTunnel(client).CreateInstanceResultDownloadSession("sandbox", instance.Id())
	must(err)
	records, err := session.OpenRecordReader(0, session.RecordCount(), 0, nil)
	must(err)
	for {
		record, err := records.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		must(err)
		tell("tunnel", record[0], record[1])
	}
	summary, err := instance.GetTaskSummary("AnonymousSQLTask")
	must(err)
	tell("summary", strings.Contains(summary.Summary, "sandbox.customers"))
	detail, err := instance.GetTaskDetail("AnonymousSQLTask")
	must(err)
	tell("detail", strings.Contains(string(detail), "M1"))
	address, err := odps.NewLogView(client).GenerateLogView(instance, 24)
	must(err)
	tell("logview", strings.Contains(address, instance.Id()))
	found := false
	hour := odps.InstanceFilter.TimeRange(time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	must(client.Instances().List(func(one *odps.Instance) {
		found = found || one.Id() == instance.Id()
	}, hour, odps.InstanceFilter.OnlyOwner()))
	tell("listed", found)
}

// repeat submits a Guid twice, the first time with tryWait.
func repeat(client *odps.Odps) {
	option := options.NewCreateInstanceOptions()
	option.UniqueIdentifyID, option.TryWait = "guid of Go", true
	first := create(client, nil, option)
	option.TryWait = false
	tell("repeated", first.Id() == create(client, nil, option).Id())
}

func stop(client *odps.Odps) {
	instance := create(client, map[string]string{"sandbox.stuck": "true"}, nil)
	queued, err := client.Instances().ListInstancesQueued()
	must(err)
	tell("queued", strings.Contains(strings.Join(queued, " "), instance.Id()))
	cached, err := instance.GetCachedInfo()
	must(err)
	tell("cached", strings.Contains(cached, instance.Id()))
	must(instance.Terminate())
	tell("stopped", instance.WaitForSuccess() != nil)
	tasks, err := instance.GetTasks()
	must(err)
	tell("task stopped", tasks[0].Status)
}

func failure(client *odps.Odps) {
	task := odps.NewAnonymousSQLTask("select nope from customers;", nil)
	instance, err := client.Instances().CreateTask("sandbox", &task)
	must(err)
	tell("failure", strings.Contains(fmt.Sprint(instance.WaitForSuccess()), "ODPS-0130071"))
}

func create(client *odps.Odps, hints map[string]string, option *options.CreateInstanceOptions) *odps.Instance {
	task := odps.NewAnonymousSQLTask(selection, hints)
	instance, err := client.Instances().CreateTask("sandbox", &task, option)
	must(err)
	return instance
}

func rows(reader *csv.Reader) {
	all, err := reader.ReadAll()
	must(err)
	for _, row := range all {
		tell("result", row[0], row[1])
	}
}

func must(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%+v\n", err)
		os.Exit(1)
	}
}

func tell(name string, values ...interface{}) {
	fmt.Print(name, "\t", fmt.Sprintln(values...))
}
