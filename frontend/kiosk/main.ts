import { mount } from 'svelte'
import App from './App.svelte'
import './kiosk.css'
import { watchForUpdates } from './updates'

mount(App, { target: document.getElementById('kiosk')! })
if (import.meta.env.PROD) watchForUpdates()
