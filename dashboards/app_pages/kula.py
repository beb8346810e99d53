import streamlit as st

st.title('kula')
