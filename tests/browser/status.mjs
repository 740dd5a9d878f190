// The pages as somebody at a browser meets them. Arguments: where the server and its status page are, the file that
// holds axe, and a directory for pictures.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Page } from './page.mjs'

const [site, status, axe, pictures] = process.argv.slice(2)
const AXE = readFileSync(axe, 'utf8')
mkdirSync(pictures, { recursive: true })
const page = await Page.open()

const state = () => page.evaluate(`$('state').textContent`)

/** Checks that axe finds nothing, light and dark, and that nothing sticks out, from a small phone to a wide screen. */
async function inspect(url, name) {
  for (const dark of [false, true]) {
    for (const width of [320, 390, 800, 1600]) {
      await page.look({ width, dark })
      await page.goto(url)
      const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
      assert.ok(over <= 0, `${name} is ${over} pixels too wide for ${width}`)
      await page.evaluate(`${AXE}; 0`)
      const findings = await page.evaluate(`axe.run().then(({ violations }) =>
        violations.map(({ id, nodes }) => id + ': ' + nodes.map(node => node.html).join(' ')))`)
      assert.deepEqual(findings, [], `${name}, ${width} wide, ${dark ? 'dark' : 'light'}`)
      writeFileSync(`${pictures}/${name}-${width}-${dark ? 'dark' : 'light'}.png`, await page.picture(true))
    }
  }
}

/** Goes from control to control as with a keyboard, until the one with this id has the focus. */
async function tabTo(id) {
  for (let step = 0; step < 20; step++) {
    await page.press('Tab')
    if (await page.evaluate(`document.activeElement.id === '${id}'`)) {
      assert.equal(await page.evaluate(`getComputedStyle(document.activeElement).outlineStyle`), 'solid')
      return
    }
  }
  throw new Error(`the keyboard does not lead to ${id}`)
}

/** Sends the sleepers by keyboard, and watches the queue back up and drain without a reload. */
async function watchSleepers() {
  await page.look({})
  await page.goto(`${status}/`)
  await page.evaluate('window.loadedOnce = true')
  await page.until(`$('workers').rows[1].cells[1].querySelector('.idle')`)
  assert.match(await state(), /^0 of 2 workers busy, nothing waits\.$/)

  await tabTo('sleep')
  await page.press('Enter')
  await page.until(`/^2 of 2 workers busy, 4 jobs wait, the oldest for/.test($('state').textContent)`)
  await page.until(`/^\\/sleep for 127\\.0\\.0\\.1:\\d+$/.test($('workers').rows[0].cells[2].textContent)`)
  await page.until(`$('queued').getAttribute('d') && $('oldest').getAttribute('d')`)
  await page.until(`$('workers').rows[0].cells[1].querySelector('.busy').getAttribute('d')`)
  writeFileSync(`${pictures}/asleep.png`, await page.picture())
  await page.until(`/^All six were answered after \\d+\\.\\d seconds\\.$/.test($('news').textContent)`)
  await page.until(`/nothing waits/.test($('state').textContent)`)
  await page.until(`$('answers').innerText.replace(/\\s+/g, ' ').includes('200 OK 6')`)
  assert.match(await page.evaluate(`$('depth').textContent`), /^Jobs waiting: 0 now, 4 at most$/)
  writeFileSync(`${pictures}/awake.png`, await page.picture())
  assert.ok(await page.evaluate('window.loadedOnce'), 'the page was not loaded again')
}

/** Stops the page and lets it go on. */
async function pause() {
  const text = () => page.evaluate(`$('workers').innerText`)
  await tabTo('pause')
  await page.press('Enter')
  await page.until(`$('pause').getAttribute('aria-pressed') === 'true'`)
  // A look that was on its way when the button was pressed may still arrive.
  await sleep(300)
  const before = await text()
  await sleep(1500)
  assert.equal(await text(), before)
  await page.press('Enter')
  await page.until(`$('workers').innerText !== ${JSON.stringify(before)}`)
}

/** The page without its script: the values of the moment, and no control that would do nothing. */
async function withoutScript() {
  await page.look({ scripts: false })
  await page.goto(`${status}/`)
  const text = await page.evaluate('document.body.innerText')
  for (const words of ['0 of 2 workers busy, nothing waits.', 'idle', '200 OK', 'Look again']) {
    assert.ok(text.includes(words), text)
  }
  assert.ok(!text.includes('Send six sleepers'), text)
  writeFileSync(`${pictures}/no-script.png`, await page.picture(true))
}

await watchSleepers()
await pause()
await withoutScript()
await inspect(`${status}/`, 'status')
await inspect(`${site}/`, 'hello')
assert.deepEqual(page.complaints, [])
await inspect(`${site}/nope`, '404')
await inspect(`${status}/nope`, 'error')
// A page that is not there is no fault of the page that is shown.
assert.deepEqual(page.complaints.filter(text => !text.includes('404 (Not Found)')), [])
await page.close()
