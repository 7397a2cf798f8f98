import { type ComponentChildren, h } from 'preact';

export interface CardProps {
  readonly title: string;
  readonly note?: string | undefined;
  readonly tone?: 'bad' | undefined;
  readonly children?: ComponentChildren;
}

export const Card = ({ title, note, tone, children }: CardProps) =>
  h(
    'section',
    { class: `card ${tone ?? ''}`, 'aria-label': title },
    h('div', { class: 'head' }, h('h2', {}, title), note && h('span', { class: 'note' }, note)),
    children,
  );
