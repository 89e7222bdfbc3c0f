import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { StatefulSet } from 'kubernetes-models/apps/v1';
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { Secret, Service } from 'kubernetes-models/v1';
import { parseAllDocuments } from 'yaml';
import { ROOT } from '../markdown.js';

/** A helm that is built from its module takes no version for granted. */
export const KUBERNETES = '1.31.0';
export const CHART = join(ROOT, 'deploy/helm/afterclick');
/** What the schemas of the API know, by the kind of an object. */
const KINDS = { StatefulSet, Service, Secret, PodDisruptionBudget, NetworkPolicy, Ingress };

type Kind = keyof typeof KINDS;
export type RenderedChart = { [K in Kind]: InstanceType<(typeof KINDS)[K]>[] };

let path: string | undefined;

/** Path of helm, which is built where it is not there: some minutes. */
export function helm(): string {
  path ??= execFileSync(join(ROOT, 'test/support/deploy/build-helm.sh'), { encoding: 'utf8' }).trim();
  return path;
}

/** Objects that helm renders, each checked against the schema of its kind. */
export function renderChart(...values: readonly string[]): RenderedChart {
  const text = execFileSync(helm(), ['template', 'shop', CHART, '--kube-version', KUBERNETES, ...values], {
    encoding: 'utf8',
  });
  const found: Record<string, object[]> = {};
  for (const document of parseAllDocuments(text)) {
    const object = document.toJS() as { kind: Kind } | null;
    if (object === null) continue;
    const model = new KINDS[object.kind](object as never);
    model.validate();
    (found[object.kind] ??= []).push(model);
  }
  return found as unknown as RenderedChart;
}

/** The pod of a node, and its one container. */
export function podOf(objects: RenderedChart) {
  const { spec } = objects.StatefulSet[0].spec!.template;
  return { spec: spec!, gateway: spec!.containers[0] };
}

/** The variables that a pod of this name and address has. */
export function podEnvironment(
  objects: RenderedChart,
  { name, address }: { readonly name: string; readonly address: string },
): Record<string, string> {
  const env = podOf(objects).gateway.env ?? [];
  const fields: Record<string, string> = { 'metadata.name': name, 'status.podIP': address };
  const valueOf = ({ value = '', valueFrom }: (typeof env)[number]): string =>
    fields[valueFrom?.fieldRef?.fieldPath ?? ''] ??
    value.replaceAll('$(POD_NAME)', name).replaceAll('$(POD_IP)', address);
  return Object.fromEntries(env.map((variable) => [variable.name, valueOf(variable)]));
}
