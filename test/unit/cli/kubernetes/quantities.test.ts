import { expect, it } from 'vitest';
import { formatBytes, formatCpu } from '../../../../cli/kubernetes/quantities.ts';

it.each([
  [1_000, '1'],
  [1_500, '1500m'],
  [100, '100m'],
])('formatCpu(%i) is %s', (millicores, text) => expect(formatCpu(millicores)).toBe(text));

it.each([
  [2 ** 30, '1Gi'],
  [896 * 2 ** 20, '896Mi'],
  [2 ** 10, '1Ki'],
  [1_000, '1000'],
])('formatBytes(%i) is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
