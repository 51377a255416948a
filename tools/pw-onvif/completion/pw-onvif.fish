# fish completion for pw-onvif
# SPDX-License-Identifier: MIT

complete -c pw-onvif -f
complete -c pw-onvif -n __fish_use_subcommand -s h -l help -d 'Show help'
complete -c pw-onvif -n __fish_use_subcommand -l version -d 'Show the version'

complete -c pw-onvif -n __fish_use_subcommand -a list -d 'Show the cameras and their state'
complete -c pw-onvif -n __fish_use_subcommand -a probe -d 'Go the whole way to a speaker'
complete -c pw-onvif -n __fish_use_subcommand -a login -d 'Store user and password of a camera'
complete -c pw-onvif -n __fish_use_subcommand -a logout -d 'Forget them'
complete -c pw-onvif -n __fish_use_subcommand -a say -d 'Play a sound to a camera'
complete -c pw-onvif -n __fish_use_subcommand -a doctor -d 'Check this machine'

# what every command knows
complete -c pw-onvif -n 'not __fish_use_subcommand' -l json -d 'One JSON document, nothing else'
complete -c pw-onvif -n 'not __fish_use_subcommand' -s q -l quiet -d 'Say less'
complete -c pw-onvif -n 'not __fish_use_subcommand' -s r -l remote -x -d 'The PipeWire to talk to'
complete -c pw-onvif -n 'not __fish_use_subcommand' -s h -l help -d 'Show help'

complete -c pw-onvif -n '__fish_seen_subcommand_from list' -s w -l watch -d 'Go on, and show what changes'

complete -c pw-onvif -n '__fish_seen_subcommand_from probe' -l no-play -d 'Stop before the speaker is claimed'
complete -c pw-onvif -n '__fish_seen_subcommand_from probe' -l take-over -d 'Have the service let go of it'
complete -c pw-onvif -n '__fish_seen_subcommand_from probe' -l report -r -F -d 'Write a file for a bug report'

complete -c pw-onvif -n '__fish_seen_subcommand_from login' -s u -l user -x -d 'The user'
complete -c pw-onvif -n '__fish_seen_subcommand_from login' -l stdin -d 'Read them from standard input'
complete -c pw-onvif -n '__fish_seen_subcommand_from login' -l keyring -d 'Keep the password in the keyring'
complete -c pw-onvif -n '__fish_seen_subcommand_from login' -l no-verify -d 'Store them without asking the camera'

complete -c pw-onvif -n '__fish_seen_subcommand_from say' -l tone -d 'A tone in place of a file'
complete -c pw-onvif -n '__fish_seen_subcommand_from say' -l rate -x -d 'The rate of raw samples'
complete -c pw-onvif -n '__fish_seen_subcommand_from say' -l take-over -d 'Have the service let go of it'
complete -c pw-onvif -n '__fish_seen_subcommand_from say' -F
