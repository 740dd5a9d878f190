// Checks the pages in a browser. Arguments: the addresses of the server and of its status page, the file that holds axe,
// and a directory for pictures.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Page } from './page.mjs'

const [site, status, axe, pictures] = process.argv.slice(2)
const AXE = readFileSync(axe, 'utf8')
mkdirSync(pictures, { recursive: true })
const page = await Page.open()

const state = () => page.evaluate(`$('state').textContent`)

/** Checks that axe finds nothing and that the page is not too wide, light and dark, from a small phone to a wide screen. */
async function inspect(url, name) {
  for (const dark of [false, true]) {
    for (const width of [320, 390, 800, 1600]) {
      await page.emulate({ width, dark })
      await page.goto(url)
      const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
      assert.ok(over <= 0, `${name} is ${over} pixels too wide for ${width}`)
      await page.evaluate(`${AXE}; 0`)
      const findings = await page.evaluate(`axe.run().then(({ violations }) =>
        violations.map(({ id, nodes }) => id + ': ' + nodes.map(node => node.html).join(' ')))`)
      assert.deepEqual(findings, [], `${name}, ${width} wide, ${dark ? 'dark' : 'light'}`)
      writeFileSync(`${pictures}/${name}-${width}-${dark ? 'dark' : 'light'}.png`, await page.screenshot(true))
    }
  }
}

/** Presses Tab until the control with this id has the focus. */
async function tabTo(id) {
  for (let step = 0; step < 20; step++) {
    await page.press('Tab')
    if (await page.evaluate(`document.activeElement.id === '${id}'`)) {
      assert.equal(await page.evaluate(`getComputedStyle(document.activeElement).outlineStyle`), 'solid')
      return
    }
  }
  throw new Error(`the Tab key does not reach ${id}`)
}

/** Sends requests for /sleep by keyboard, and checks that the queue backs up and drains without a reload. */
async function backUpTheQueue() {
  await page.emulate({})
  await page.goto(`${status}/`)
  await page.evaluate('window.loadedOnce = true')
  await page.until(`$('lanes').rows[1].cells[1].querySelector('.line')`)
  assert.match(await state(), /^0 of 2 workers busy, no job waits\.$/)

  await tabTo('sleep')
  await page.press('Enter')
  await page.until(`/^2 of 2 workers busy, 2 jobs wait, the oldest for/.test($('state').textContent)`)
  await page.until(`/^\\/sleep for 127\\.0\\.0\\.1:\\d+$/.test($('lanes').rows[0].cells[2].textContent)`)
  await page.until(`['queued', 'age'].every(id => $(id).querySelector('.wait').getAttribute('d'))`)
  await page.until(`$('lanes').rows[0].cells[1].querySelector('.busy').getAttribute('d')`)
  writeFileSync(`${pictures}/busy.png`, await page.screenshot())
  await page.until(`/^All 4 were answered after \\d+\\.\\d s\\.$/.test($('message').textContent)`)
  await page.until(`/no job waits/.test($('state').textContent)`)
  await page.until(`$('responses').innerText.replace(/\\s+/g, ' ').includes('200 OK 4')`)
  const caption = () => page.evaluate(`$('queued').querySelector('figcaption').textContent`)
  assert.match(await caption(), /^Waiting: 0 jobs now, 2 jobs at most$/)
  // Each worker served two requests one after the other, and the bars of both are told apart.
  const gaps = `$('lanes').rows[0].cells[1].querySelector('.gap').getAttribute('d')`
  assert.equal((await page.evaluate(gaps)).match(/M/g).length, 2)
  writeFileSync(`${pictures}/idle.png`, await page.screenshot())
  assert.ok(await page.evaluate('window.loadedOnce'), 'the page was not loaded again')

  await page.goto(`${status}/`)
  assert.match(await caption(), /2 jobs at most$/, 'the last minute outlives a reload')
}

/** Pauses the updates and resumes them. */
async function pause() {
  const text = () => page.evaluate(`$('lanes').innerText`)
  await tabTo('pause')
  await page.press('Enter')
  await page.until(`$('pause').getAttribute('aria-pressed') === 'true'`)
  // An update that was on its way when the button was pressed may still arrive.
  await sleep(300)
  const before = await text()
  await sleep(1500)
  assert.equal(await text(), before)
  await page.press('Enter')
  await page.until(`$('lanes').innerText !== ${JSON.stringify(before)}`)
}

/** Checks the page without its script: it has the current values, and no control that would do nothing. */
async function withoutScript() {
  await page.emulate({ scripts: false })
  await page.goto(`${status}/`)
  const text = await page.evaluate('document.body.innerText')
  for (const words of ['0 of 2 workers busy, no job waits.', 'idle', '200 OK', '2 jobs at most', 'Reload']) {
    assert.ok(text.includes(words), text)
  }
  assert.ok(!text.includes('Send 4 requests'), text)
  writeFileSync(`${pictures}/no-script.png`, await page.screenshot(true))
}

await backUpTheQueue()
await pause()
await withoutScript()
await inspect(`${status}/`, 'status')
await inspect(`${site}/`, 'hello')
assert.deepEqual(page.errors, [])
await inspect(`${site}/nope`, '404')
await inspect(`${status}/nope`, 'error')
// The browser reports the status 404 as an error.
assert.deepEqual(page.errors.filter(text => !text.includes('404 (Not Found)')), [])
await page.close()
