import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

const HEAD = '# Written by `npm run docs` from config/prometheus/alerts.yaml. Do not edit.\n';

/** The alerts as the object that the Prometheus operator takes them from. */
export const prometheusRule = (alerts: string): string =>
  HEAD +
  stringify(
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: 'cmu-proxy', labels: { 'app.kubernetes.io/name': 'cmu-proxy' } },
      spec: parse(alerts),
    },
    { lineWidth: 0 },
  );

if (import.meta.main) {
  const config = join(import.meta.dirname, '../config');
  const alerts = readFileSync(join(config, 'prometheus/alerts.yaml'), 'utf8');
  writeFileSync(join(config, 'kubernetes/monitoring/prometheus-rule.yaml'), prometheusRule(alerts));
}
