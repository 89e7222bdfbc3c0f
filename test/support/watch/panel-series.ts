import type { Panel, Target } from './dashboards.js';
import type { PrometheusProcess, RangeSeries } from './prometheus-process.js';

/** A line of a panel, under the name that Grafana gives it. */
export interface PanelLine {
  readonly name: string;
  readonly points: RangeSeries['points'];
}

/** A stretch of time that was scraped each second, in s since 1970. */
export interface Recording {
  readonly prometheus: PrometheusProcess;
  readonly from: number;
  readonly to: number;
}

/** What Grafana puts for its variables: every gateway, and a window of some scrapes. */
function filledExpr({ expr }: Target): string {
  return expr.replaceAll('$instance', '.+').replaceAll('$__rate_interval', '5s');
}

function legend({ legendFormat }: Target, labels: RangeSeries['labels']): string {
  return legendFormat.replaceAll(/\{\{(\w+)\}\}/g, (_, name: string) => labels[name] ?? '').trim();
}

/** What a target shows of a recording; a line has at least one number. */
async function targetLines(target: Target, recording: Recording): Promise<PanelLine[]> {
  const series = await recording.prometheus.range(filledExpr(target), recording.from, recording.to);
  return series
    .map(({ labels, points }) => ({ name: legend(target, labels), points }))
    .filter(({ points }) => points.some(([, value]) => Number.isFinite(value)));
}

/** What a panel shows of a recording, in the order of its queries. */
export async function panelLines({ targets = [] }: Panel, recording: Recording): Promise<PanelLine[]> {
  return (await Promise.all(targets.map((target) => targetLines(target, recording)))).flat();
}

/**
 * Queries of a panel that find nothing in a recording, by their letters. A query that shows what is above zero alone, such as an
 * error's kind, is asked for all that there is.
 */
export async function emptyTargets({ targets = [] }: Panel, recording: Recording): Promise<string[]> {
  const found = await Promise.all(
    targets.map((target) => targetLines({ ...target, expr: target.expr.replace(/ > 0$/, '') }, recording)),
  );
  return targets.filter((_, i) => found[i].length === 0).map(({ refId }) => refId);
}
