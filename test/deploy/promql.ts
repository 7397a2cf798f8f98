import { parser } from '@prometheus-io/lezer-promql';

/** A time series selector of a query: the metric and the labels that it is narrowed down by. */
export interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

export interface ReadQuery {
  readonly selectors: readonly Selector[];
  /** Labels of `by`, `on`, `without`, `ignoring`. */
  readonly grouping: readonly string[];
}

// What Grafana puts in before Prometheus sees the query.
const VARIABLES: Readonly<Record<string, string>> = {
  $__rate_interval: '5m',
  $__interval: '1m',
  $__range: '1h',
};

/**
 * Reads a query with Prometheus' own grammar.
 * @throws {SyntaxError} naming the place where it is not PromQL.
 */
export function readQuery(query: string): ReadQuery {
  const text = query.replaceAll(/\$__\w+/g, (name) => VARIABLES[name] ?? name);
  const selectors: { metric: string; labels: string[] }[] = [];
  const grouping: string[] = [];
  parser.parse(text).iterate({
    enter(node) {
      const here = text.slice(node.from, node.to);
      if (node.type.isError) throw new SyntaxError(`not PromQL at character ${node.from}: ${text}`);
      const parent = node.node.parent?.name ?? '';
      if (node.name === 'VectorSelector') selectors.push({ metric: '', labels: [] });
      const selector = selectors.at(-1);
      if (node.name === 'Identifier' && parent === 'VectorSelector' && selector !== undefined)
        selector.metric = here;
      if (node.name === 'LabelName' && parent === 'GroupingLabels') grouping.push(here);
      else if (node.name === 'LabelName' && selector !== undefined) selector.labels.push(here);
    },
  });
  return { selectors, grouping };
}
