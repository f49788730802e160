import { Writable } from 'node:stream';
import { type Instance, render } from 'ink';
import { createElement } from 'react';
import type { OutputStream } from './reporter.ts';
import { type KeptRow, Tree } from './tree-view.tsx';

const MAXIMUM_FPS = 12;

/** The tree on a terminal: all that knows ink. */
export interface TerminalTree {
  /** Writes rows once, above the live area; they stay. */
  keep(rows: readonly string[]): void;
  draw(live: readonly string[]): void;
  /** Takes the live area away while `write` writes something of its own, then puts it back below. */
  above(write: () => void): void;
  /** Takes the live area away for good and gives the cursor back. */
  end(): Promise<void>;
}

export function terminalTree(terminal: OutputStream): TerminalTree {
  let kept: readonly KeptRow[] = [];
  let live: readonly string[] = [];
  let writeAbove: (() => void) | undefined;
  let pending: (() => void) | undefined;
  const onMounted = (write: () => void) => {
    writeAbove = write;
  };
  const tree = () => createElement(Tree, { kept, live, onMounted });

  // ink makes room for what goes to "its" stderr. What we write there are bytes for the right stream, not ink's text.
  const stderr = new Writable({
    write(_text, _encoding, done) {
      pending?.();
      done();
    },
  });
  const instance: Instance = render(tree(), {
    stdout: terminal,
    stderr,
    interactive: true,
    patchConsole: false,
    exitOnCtrlC: false,
    isScreenReaderEnabled: false,
    maxFps: MAXIMUM_FPS,
  });

  return {
    keep(rows) {
      if (rows.length === 0) return;
      kept = [...kept, ...rows.map((text, index) => ({ id: kept.length + index, text }))];
      instance.rerender(tree());
    },
    draw(rows) {
      live = rows;
      instance.rerender(tree());
    },
    above(write) {
      if (!writeAbove) return write();
      pending = write;
      writeAbove();
      pending = undefined;
    },
    async end() {
      instance.clear();
      instance.unmount();
      await instance.waitUntilExit();
    },
  };
}
