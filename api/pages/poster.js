// The sheet is printed by hand where scripts are off: the words beside say how.
(function () {
  var button = document.getElementById('print')
  button.hidden = false
  document.getElementById('how').hidden = true
  button.addEventListener('click', function () {
    window.print()
  })
})()
