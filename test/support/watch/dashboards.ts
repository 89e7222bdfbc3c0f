import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../markdown.js';

/** A query of a panel. */
export interface Target {
  readonly refId: string;
  readonly expr: string;
  /** Name of each series, with `{{label}}` in it. */
  readonly legendFormat: string;
  readonly datasource: { readonly uid: string };
}

/** How Grafana shows the values of a panel. */
export interface PanelDefaults {
  readonly unit: string;
  readonly min?: number;
  readonly max?: number;
  readonly thresholds?: {
    readonly steps: readonly { readonly color: string; readonly value: number | null }[];
  };
  /** Words for values, by the value. */
  readonly mappings?: readonly { readonly options: Readonly<Record<string, { readonly text: string }>> }[];
  readonly custom?: { readonly stacking: { readonly mode: 'none' | 'normal' } };
}

/** A panel, as far as it is looked at here; a row has neither queries nor values. */
export interface Panel {
  readonly id: number;
  readonly type: 'row' | 'timeseries' | 'stat';
  readonly title: string;
  readonly description?: string;
  /** In 24 columns and lines of 30 pixels. */
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: { readonly defaults: PanelDefaults };
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

const FOLDER = join(ROOT, 'metrics/dashboards');

/** The dashboards of `metrics/dashboards/`. */
export function allDashboards(): Dashboard[] {
  return readdirSync(FOLDER).map((name) => JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as Dashboard);
}
