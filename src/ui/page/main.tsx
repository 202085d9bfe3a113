import { render } from 'preact';
import { App } from './app.tsx';
import { type Link, readUpdates } from './connection.ts';
import { emptyModel, titleOf, updated } from './model.ts';
import './main.css';

/** So that ages go on where nothing else does. */
const redrawMs = 10_000;

let model = emptyModel;
let link: Link = 'connecting';
let isDue = false;

function redraw(): void {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => {
    isDue = false;
    document.title = titleOf(model);
    render(<App model={model} link={link} now={Date.now()} />, document.body);
  });
}

setInterval(redraw, redrawMs);
redraw();
void readUpdates({
  onUpdate(update) {
    model = updated(model, update);
    redraw();
  },
  onLink(now) {
    link = now;
    redraw();
  },
});
