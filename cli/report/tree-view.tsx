import { Box, Static, Text, useStderr } from 'ink';
import { type ReactNode, useLayoutEffect } from 'react';

export interface KeptRow {
  readonly id: number;
  readonly text: string;
}

interface TreeProps {
  readonly kept: readonly KeptRow[];
  readonly live: readonly string[];
  /** Gets the function that makes room above the live area while something else is written there. */
  readonly onMounted?: (writeAbove: () => void) => void;
}

/** The tree: what is kept, written once, and below it the live rows, each cut to the width of the terminal. */
export function Tree({ kept, live, onMounted }: TreeProps): ReactNode {
  const { write } = useStderr();
  useLayoutEffect(() => onMounted?.(() => write('')), [onMounted, write]);
  return (
    <>
      <Static items={[...kept]}>{({ id, text }) => <Text key={id}>{text}</Text>}</Static>
      <Box flexDirection="column">
        {live.map((text, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place; rows have no identity
          <Text key={index} wrap="truncate-end">
            {text}
          </Text>
        ))}
      </Box>
    </>
  );
}
