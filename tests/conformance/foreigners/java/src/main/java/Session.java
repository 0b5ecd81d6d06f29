import com.aliyun.odps.Instance;
import com.aliyun.odps.InstanceFilter;
import com.aliyun.odps.Odps;
import com.aliyun.odps.OdpsException;
import com.aliyun.odps.Project;
import com.aliyun.odps.XFlows;
import com.aliyun.odps.account.AliyunAccount;
import com.aliyun.odps.data.Record;
import com.aliyun.odps.task.SQLCostTask;
import com.aliyun.odps.task.SQLTask;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/** Leads the Java SDK through its usual session; prints a fact a line: its name, a tab, a value. */
public class Session {
  private static final String SELECT =
      "select city, count(*) as n from customers group by city order by city limit 2;";

  public static void main(String[] args) throws Exception {
    Odps odps = new Odps(new AliyunAccount(args[1], args[2]));
    odps.setEndpoint(args[0]);
    odps.setDefaultProject("sandbox");
    project(odps);
    query(odps);
    stop(odps);
    failure(odps);
    workflow(odps);
    tell("session", "complete");
  }

  private static void project(Odps odps) throws OdpsException {
    Project project = odps.projects().get("sandbox");
    project.reload();
    tell("project", project.getName() + " " + project.getStatus() + " " + project.getOwner());
    tell("property", project.getProperty("odps.schema.model.enabled"));
    tell("table", odps.tables().exists("customers") + " " + odps.tables().exists("nosuchtable"));
  }

  private static void query(Odps odps) throws Exception {
    Instance estimate = SQLCostTask.run(odps, SELECT);
    estimate.waitForSuccess(50);
    tell("estimate", estimate.getTaskResults().values().iterator().next());

    Instance instance = SQLTask.run(odps, SELECT);
    instance.waitForSuccess(50);
    tell("successful", instance.isSuccessful());
    String task = instance.getTaskNames().iterator().next();
    tell("task", task + " " + instance.getTaskStatus().get(task).getStatus());
    List<Instance.StageProgress> stages = instance.getTaskProgress(task);
    tell("progress", Instance.getStageProgressFormattedString(stages).substring(20).strip());
    rows("result", SQLTask.getResult(instance));
    rows("tunnel", SQLTask.getResultByInstanceTunnel(instance));
    tell("warnings", SQLTask.getSqlWarning(instance));
    tell("cost", instance.getTaskCost(task).getInputSize());
    tell("summary", instance.getTaskSummary(task).getSummaryText().contains("sandbox.customers"));
    tell("detail", instance.getTaskDetailJson2(task).contains("M1"));
    tell("source", instance.getTasks().get(0).getName() + " " + instance.getPriority());
    tell("owner", instance.getOwner());
    tell("times", !instance.getEndTime().before(instance.getStartTime()));
    tell("logview", odps.logview().generateLogView(instance, 24).contains(instance.getId()));
    tell("exists", odps.instances().exists(instance.getId()) + " "
        + odps.instances().exists("20260101000000000gnothere"));

    InstanceFilter filter = new InstanceFilter();
    filter.setOnlyOwner(true);
    filter.setFromTime(new Date(System.currentTimeMillis() - 3_600_000));
    List<String> listed = new ArrayList<>();
    for (Instance one : odps.instances().iterable(filter)) {
      listed.add(one.getId());
    }
    tell("listed", listed.contains(instance.getId()));
  }

  private static void stop(Odps odps) throws Exception {
    Map<String, String> hints = new HashMap<>();
    hints.put("sandbox.stuck", "true");
    Instance instance = SQLTask.run(odps, "sandbox", SELECT, hints, null);
    tell("status", instance.getStatus());
    Instance.InstanceQueueingInfo info = instance.getQueueingInfo();
    tell("queueing", info.getId().equals(instance.getId()) + " " + info.getTaskName());
    Iterator<Instance.InstanceQueueingInfo> queued =
        odps.instances().iteratorQueueing(new InstanceFilter());
    tell("queued", queued.next().getId() != null);
    instance.stop();
    instance.waitForTerminated(50, true);
    tell("stopped", instance.getTaskStatus().values().iterator().next().getStatus());
    try {
      instance.stop();
    } catch (OdpsException refused) {
      tell("stopped again", refused.getErrorCode());
    }
  }

  private static void failure(Odps odps) throws OdpsException {
    Instance instance = SQLTask.run(odps, "select nope from customers;");
    try {
      instance.waitForSuccess(50);
    } catch (OdpsException failed) {
      tell("failure", failed.getMessage());
    }
  }

  private static void workflow(Odps odps) throws OdpsException {
    XFlows.XFlowInstance flow = new XFlows.XFlowInstance();
    flow.setProject("algo_public");
    flow.setXflowName("AppendID");
    flow.setParameter("inputTableName", "sandbox.customers");
    flow.setParameter("outputTableName", "sandbox.customers_with_id");
    Instance instance = odps.xFlows().execute(flow);
    instance.waitForSuccess(50);
    tell("workflow", odps.xFlows().isXFlowInstance(instance) + " "
        + odps.xFlows().getXResults(instance).keySet());
  }

  private static void rows(String name, List<Record> rows) {
    for (Record row : rows) {
      tell(name, row.getString(0) + " " + row.get(1));
    }
  }

  private static void tell(String name, Object value) {
    System.out.println(name + "\t" + value);
  }
}
